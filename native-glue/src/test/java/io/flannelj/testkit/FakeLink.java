package io.flannelj.testkit;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;
import static io.flannelj.netlink.route.link.LinkConstants.ARPHRD_ETHER;
import static io.flannelj.netlink.route.link.LinkConstants.ARPHRD_LOOPBACK;
import static io.flannelj.netlink.route.link.LinkConstants.BR_STATE_DISABLED;
import static io.flannelj.netlink.route.link.LinkConstants.BR_STATE_FORWARDING;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_BROADCAST;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_LOOPBACK;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_LOWER_UP;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_MULTICAST;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_RUNNING;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_UP;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_DOWN;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_LOWERLAYERDOWN;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_UNKNOWN;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_UP;

import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.link.BridgePortAttribute;
import io.flannelj.netlink.route.link.InfoAttribute;
import io.flannelj.netlink.route.link.LinkAttribute;
import io.flannelj.netlink.route.link.LinkHeader;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.link.VxlanAttribute;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A device of the fake kernel. */
final class FakeLink {
  static final String LOOPBACK = "";

  final String kind;
  FakeKernel home;
  int index;
  String name;
  MacAddress mac = MacAddress.ZERO;
  boolean macChosen;
  int mtu = 1500;
  boolean mtuChosen;
  long transmitQueueLength = 1000;
  int flags;
  String alias = "";
  boolean hairpin;
  boolean isolated;
  List<VxlanAttribute> vxlan = List.of();
  @Nullable FakeLink master;
  @Nullable FakeLink peer;

  FakeLink(FakeKernel home, int index, String name, String kind) {
    this.home = home;
    this.index = index;
    this.name = name;
    this.kind = kind;
    flags = kind.equals(LOOPBACK) ? IFF_LOOPBACK : IFF_BROADCAST | IFF_MULTICAST;
  }

  boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  boolean isBridge() {
    return kind.equals(InfoAttribute.BridgeData.KIND);
  }

  boolean isVxlan() {
    return kind.equals(InfoAttribute.VxlanData.KIND);
  }

  /** A bridge has the carrier of its ports, a veth that of its other end, the others always. */
  boolean hasCarrier() {
    if (!isUp()) {
      return false;
    }
    if (isBridge()) {
      return home.links().portsOf(this).stream().anyMatch(FakeLink::hasCarrier);
    }
    FakeLink other = peer;
    return other == null || other.isUp();
  }

  private int operationalState() {
    if (!hasCarrier()) {
      boolean below = isUp() && peer != null && peer.home == home;
      return below ? IF_OPER_LOWERLAYERDOWN : IF_OPER_DOWN;
    }
    return isBridge() || peer != null ? IF_OPER_UP : IF_OPER_UNKNOWN;
  }

  LinkMessage describe() {
    List<LinkAttribute> all = new ArrayList<>();
    all.add(new LinkAttribute.Name(name));
    all.add(new LinkAttribute.TransmitQueueLength(transmitQueueLength));
    all.add(new LinkAttribute.OperationalState(operationalState()));
    all.add(new LinkAttribute.Mtu(mtu));
    all.add(new LinkAttribute.HardwareAddress(mac));
    FakeLink other = peer;
    if (other != null) {
      all.add(new LinkAttribute.Underlay(other.index));
      if (other.home != home) {
        all.add(new LinkAttribute.NetnsId(0));
      }
    }
    FakeLink bridge = master;
    if (bridge != null) {
      all.add(new LinkAttribute.Master(bridge.index));
    }
    if (!alias.isEmpty()) {
      all.add(new LinkAttribute.Alias(alias));
    }
    if (!kind.equals(LOOPBACK)) {
      all.add(new LinkAttribute.Info(info(bridge != null)));
    }
    int seen = hasCarrier() ? flags | IFF_RUNNING | IFF_LOWER_UP : flags;
    int type = kind.equals(LOOPBACK) ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
    return new LinkMessage(new LinkHeader(AF_UNSPEC, type, index, seen, 0), all);
  }

  private List<InfoAttribute> info(boolean port) {
    List<InfoAttribute> info = new ArrayList<>();
    info.add(new InfoAttribute.Kind(kind));
    if (isVxlan()) {
      info.add(new InfoAttribute.VxlanData(vxlan));
    }
    if (port) {
      info.add(new InfoAttribute.SlaveKind(InfoAttribute.BridgeData.KIND));
      info.add(
          new InfoAttribute.BridgePortData(
              List.of(
                  new BridgePortAttribute.State(
                      hasCarrier() ? BR_STATE_FORWARDING : BR_STATE_DISABLED),
                  new BridgePortAttribute.Hairpin(hairpin),
                  new BridgePortAttribute.Isolated(isolated))));
    }
    return info;
  }
}
