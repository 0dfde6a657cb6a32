package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.Rtnetlink.AF_BRIDGE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_SETLINK;
import static io.flannelj.netlink.route.link.LinkConstants.BRIDGE_VLAN_INFO_PVID;
import static io.flannelj.netlink.route.link.LinkConstants.BRIDGE_VLAN_INFO_RANGE_BEGIN;
import static io.flannelj.netlink.route.link.LinkConstants.BRIDGE_VLAN_INFO_RANGE_END;
import static io.flannelj.netlink.route.link.LinkConstants.BRIDGE_VLAN_INFO_UNTAGGED;
import static io.flannelj.netlink.route.link.LinkConstants.RTEXT_FILTER_BRVLAN;

import io.flannelj.netlink.NetlinkRequest;
import java.util.List;

/** Requests about the VLANs of bridge ports. */
public final class BridgeVlans {
  private BridgeVlans() {}

  /**
   * {@code bridge vlan add dev PORT vid VLAN [pvid untagged]}.
   *
   * @param port index of the port
   * @param vlan 1 to 4094
   * @param untagged whether untagged frames belong to it, both ways
   */
  public static NetlinkRequest add(int port, int vlan, boolean untagged) {
    int flags = untagged ? BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED : 0;
    return new NetlinkRequest(
        "bridge vlan add dev index " + port + " vid " + vlan,
        RTM_SETLINK,
        0,
        message(port, new BridgeSpecAttribute.VlanInfo(flags, vlan)));
  }

  /**
   * {@code bridge vlan add dev PORT vid FIRST-LAST}, tagged.
   *
   * @param port index of the port
   * @param first 1 to 4094
   * @param last the same or greater
   */
  public static NetlinkRequest addRange(int port, int first, int last) {
    return new NetlinkRequest(
        "bridge vlan add dev index " + port + " vid " + first + "-" + last,
        RTM_SETLINK,
        0,
        range(port, first, last));
  }

  /** {@code bridge vlan delete dev PORT vid FIRST-LAST}; no error if they were not there. */
  public static NetlinkRequest deleteRange(int port, int first, int last) {
    return new NetlinkRequest(
        "bridge vlan delete dev index " + port + " vid " + first + "-" + last,
        RTM_DELLINK,
        0,
        range(port, first, last));
  }

  /** The kernel refuses a range whose ends are the same. */
  private static LinkMessage range(int port, int first, int last) {
    if (first == last) {
      return message(port, new BridgeSpecAttribute.VlanInfo(0, first));
    }
    return new LinkMessage(
        new LinkHeader(AF_BRIDGE, 0, port, 0, 0),
        List.of(
            new LinkAttribute.PortVlans(
                List.of(
                    new BridgeSpecAttribute.VlanInfo(BRIDGE_VLAN_INFO_RANGE_BEGIN, first),
                    new BridgeSpecAttribute.VlanInfo(BRIDGE_VLAN_INFO_RANGE_END, last)))));
  }

  /** {@code bridge vlan delete dev PORT vid VLAN}; no error if it was not there. */
  public static NetlinkRequest delete(int port, int vlan) {
    return new NetlinkRequest(
        "bridge vlan delete dev index " + port + " vid " + vlan,
        RTM_DELLINK,
        0,
        message(port, new BridgeSpecAttribute.VlanInfo(0, vlan)));
  }

  /** {@code bridge vlan show}, a dump of all ports; read with {@link #of}. */
  public static NetlinkRequest list() {
    return new NetlinkRequest(
        "bridge vlan show",
        RTM_GETLINK,
        0,
        new LinkMessage(
            new LinkHeader(AF_BRIDGE, 0, 0, 0, 0),
            List.of(new LinkAttribute.ExtraMask(RTEXT_FILTER_BRVLAN))));
  }

  /** The VLANs in a message of AF_BRIDGE, one record each. */
  public static List<BridgeSpecAttribute.VlanInfo> of(LinkMessage message) {
    return message.find(LinkAttribute.PortVlans.class).stream()
        .flatMap(vlans -> vlans.attributes().stream())
        .filter(BridgeSpecAttribute.VlanInfo.class::isInstance)
        .map(BridgeSpecAttribute.VlanInfo.class::cast)
        .toList();
  }

  private static LinkMessage message(int port, BridgeSpecAttribute.VlanInfo vlan) {
    return new LinkMessage(
        new LinkHeader(AF_BRIDGE, 0, port, 0, 0),
        List.of(new LinkAttribute.PortVlans(List.of(vlan))));
  }
}
