package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_ECHO;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_PROMISC;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_UP;
import static io.flannelj.netlink.route.link.LinkConstants.RTEXT_FILTER_SKIP_STATS;

import io.flannelj.libc.Errno;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests about links. Changes go as RTM_NEWLINK without NLM_F_CREATE, which takes more attributes
 * in one message than RTM_SETLINK does; they fail with ENODEV if the link is gone.
 */
public final class Links {
  /** Leaves out IPv6's statistics; the device's own come in any case. */
  private static final LinkAttribute WITHOUT_STATISTICS =
      new LinkAttribute.ExtraMask(RTEXT_FILTER_SKIP_STATS);

  private Links() {}

  /** {@code ip link add NAME type bridge}; EEXIST if the name is taken. */
  public static NetlinkRequest createBridge(BridgeSpec spec) {
    List<LinkAttribute> attributes = new ArrayList<>();
    attributes.add(new LinkAttribute.Name(spec.name()));
    spec.mac().ifPresent(mac -> attributes.add(new LinkAttribute.HardwareAddress(mac)));
    List<InfoAttribute> info = new ArrayList<>();
    info.add(new InfoAttribute.Kind(InfoAttribute.BridgeData.KIND));
    if (spec.vlanFiltering()) {
      info.add(new InfoAttribute.BridgeData(List.of(new BridgeAttribute.VlanFiltering(true))));
    }
    attributes.add(new LinkAttribute.Info(info));
    return create(
        "ip link add " + spec.name() + " type bridge", spec.up() ? IFF_UP : 0, attributes);
  }

  /** {@code ip link add NAME type vxlan ...}; EEXIST also if another device has VNI and port. */
  public static NetlinkRequest createVxlan(VxlanSpec spec) {
    List<LinkAttribute> attributes =
        List.of(
            new LinkAttribute.Name(spec.name()),
            new LinkAttribute.Mtu(spec.mtu()),
            new LinkAttribute.TransmitQueueLength(0),
            new LinkAttribute.HardwareAddress(spec.mac()),
            new LinkAttribute.Info(
                List.of(
                    new InfoAttribute.Kind(InfoAttribute.VxlanData.KIND),
                    new InfoAttribute.VxlanData(vxlanAttributes(spec)))));
    return create("ip link add " + spec.name() + " type vxlan id " + spec.vni(), 0, attributes);
  }

  private static List<VxlanAttribute> vxlanAttributes(VxlanSpec spec) {
    List<VxlanAttribute> vxlan = new ArrayList<>();
    vxlan.add(new VxlanAttribute.Id(spec.vni()));
    if (spec.underlay() != 0) {
      vxlan.add(new VxlanAttribute.UnderlayLink(spec.underlay()));
    }
    spec.local().ifPresent(local -> vxlan.add(VxlanAttribute.local(local)));
    vxlan.add(new VxlanAttribute.Ttl(0));
    vxlan.add(new VxlanAttribute.Tos(0));
    vxlan.add(new VxlanAttribute.Learning(spec.learning()));
    vxlan.add(new VxlanAttribute.Proxy(false));
    vxlan.add(new VxlanAttribute.RouteShortCircuit(false));
    vxlan.add(new VxlanAttribute.L2Miss(false));
    vxlan.add(new VxlanAttribute.L3Miss(false));
    vxlan.add(new VxlanAttribute.ZeroChecksum6Transmit(false));
    vxlan.add(new VxlanAttribute.ZeroChecksum6Receive(false));
    if (spec.groupPolicy()) {
      vxlan.add(new VxlanAttribute.GroupPolicy());
    }
    if (spec.port() != 0) {
      vxlan.add(new VxlanAttribute.Port(spec.port()));
    }
    return vxlan;
  }

  /**
   * {@code ip link add NAME type veth peer name PEER}: both ends, with names, MACs, MTU, master and
   * namespaces, in one request. EEXIST if a name is taken in its namespace.
   */
  public static NetlinkRequest createVeth(VethEnd end, VethEnd peer) {
    if (peer.up() || peer.master() != 0) {
      throw new IllegalArgumentException(
          "veth peer " + peer.name() + " cannot be created up or with a master");
    }
    LinkMessage other =
        new LinkMessage(new LinkHeader(AF_UNSPEC, 0, 0, 0, 0), vethAttributes(peer));
    List<LinkAttribute> attributes = vethAttributes(end);
    if (end.master() != 0) {
      attributes.add(new LinkAttribute.Master(end.master()));
    }
    attributes.add(
        new LinkAttribute.Info(
            List.of(
                new InfoAttribute.Kind(InfoAttribute.VethData.KIND),
                new InfoAttribute.VethData(List.of(new VethAttribute.Peer(other))))));
    return create(
        "ip link add " + end.name() + " type veth peer name " + peer.name(),
        end.up() ? IFF_UP : 0,
        attributes);
  }

  private static List<LinkAttribute> vethAttributes(VethEnd end) {
    List<LinkAttribute> attributes = new ArrayList<>();
    attributes.add(new LinkAttribute.Name(end.name()));
    end.mac().ifPresent(mac -> attributes.add(new LinkAttribute.HardwareAddress(mac)));
    if (end.mtu() != 0) {
      attributes.add(new LinkAttribute.Mtu(end.mtu()));
    }
    end.netns().ifPresent(fd -> attributes.add(new LinkAttribute.NetnsDescriptor(fd)));
    return attributes;
  }

  /** {@code ip link add NAME type KIND} for kinds that need no data, such as {@code dummy}. */
  public static NetlinkRequest create(String name, String kind) {
    return create(
        "ip link add " + name + " type " + kind,
        0,
        List.of(
            new LinkAttribute.Name(name),
            new LinkAttribute.Info(List.of(new InfoAttribute.Kind(kind)))));
  }

  private static NetlinkRequest create(
      String operation, int flags, List<LinkAttribute> attributes) {
    LinkHeader header = new LinkHeader(AF_UNSPEC, 0, 0, flags, flags);
    return new NetlinkRequest(
        operation, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, new LinkMessage(header, attributes));
  }

  /** {@code ip link set LINK up}. ENOTCONN for a veth whose peer is not ready. */
  public static NetlinkRequest setUp(LinkId link) {
    return change("ip link set " + link + " up", link, IFF_UP, IFF_UP, List.of());
  }

  /** {@code ip link set LINK down}: its routes go, its IPv6 addresses too. */
  public static NetlinkRequest setDown(LinkId link) {
    return change("ip link set " + link + " down", link, 0, IFF_UP, List.of());
  }

  /** {@code ip link set LINK promisc on|off}. */
  public static NetlinkRequest setPromiscuous(LinkId link, boolean on) {
    return change(
        "ip link set " + link + " promisc " + (on ? "on" : "off"),
        link,
        on ? IFF_PROMISC : 0,
        IFF_PROMISC,
        List.of());
  }

  /** {@code ip link set LINK mtu BYTES}. EINVAL if the device cannot have it. */
  public static NetlinkRequest setMtu(LinkId link, int bytes) {
    return change(
        "ip link set " + link + " mtu " + bytes, link, List.of(new LinkAttribute.Mtu(bytes)));
  }

  /**
   * {@code ip link set LINK address MAC}. This drops all neighbours on the link, permanent ones
   * too, even if the address is the one it had; on a bridge it pins the address.
   */
  public static NetlinkRequest setMac(LinkId link, MacAddress mac) {
    return change(
        "ip link set " + link + " address " + mac,
        link,
        List.of(new LinkAttribute.HardwareAddress(mac)));
  }

  /** {@code ip link set BRIDGE type bridge vlan_filtering 1}; nothing happens if it is on. */
  public static NetlinkRequest filterVlans(LinkId bridge) {
    return change(
        "ip link set " + bridge + " type bridge vlan_filtering 1",
        bridge,
        List.of(
            new LinkAttribute.Info(
                List.of(
                    new InfoAttribute.Kind(InfoAttribute.BridgeData.KIND),
                    new InfoAttribute.BridgeData(
                        List.of(new BridgeAttribute.VlanFiltering(true)))))));
  }

  /** {@code ip link set LINK master INDEX}, or {@code nomaster} for index 0. */
  public static NetlinkRequest setMaster(LinkId link, int bridgeIndex) {
    return change(
        "ip link set " + link + (bridgeIndex == 0 ? " nomaster" : " master index " + bridgeIndex),
        link,
        List.of(new LinkAttribute.Master(bridgeIndex)));
  }

  /** {@code ip link set LINK name NAME}: by index only. EBUSY while it is up on old kernels. */
  public static NetlinkRequest rename(LinkId link, String name) {
    if (link.index() == 0) {
      throw new IllegalArgumentException("rename of " + link + " needs its index");
    }
    return change(
        "ip link set " + link + " name " + name, link, List.of(new LinkAttribute.Name(name)));
  }

  /** {@code ip link set LINK alias TEXT}; at most 255 bytes, empty: none. */
  public static NetlinkRequest setAlias(LinkId link, String alias) {
    return change(
        "ip link set " + link + " alias " + alias, link, List.of(new LinkAttribute.Alias(alias)));
  }

  /** {@code ip link set LINK netns}: moves it to the namespace of an open descriptor. */
  public static NetlinkRequest moveTo(LinkId link, int netns) {
    return change(
        "ip link set " + link + " netns", link, List.of(new LinkAttribute.NetnsDescriptor(netns)));
  }

  /**
   * What is set on a bridge port once its veth is there: alias, hairpin and isolation in one
   * request. At creation the kernel ignores all three; RTM_SETLINK of AF_BRIDGE ignores the alias.
   */
  public static NetlinkRequest setPort(
      LinkId link, String alias, boolean hairpin, boolean isolated) {
    return change(
        "ip link set " + link + " type bridge_slave hairpin " + (hairpin ? "on" : "off"),
        link,
        List.of(
            new LinkAttribute.Alias(alias),
            new LinkAttribute.Info(
                List.of(
                    new InfoAttribute.SlaveKind(InfoAttribute.BridgeData.KIND),
                    new InfoAttribute.BridgePortData(
                        List.of(
                            new BridgePortAttribute.Hairpin(hairpin),
                            new BridgePortAttribute.Isolated(isolated)))))));
  }

  /**
   * {@code ip link set LINK type vxlan ...}: changes local address, TTL, learning, ageing and the
   * like in place; EOPNOTSUPP for VNI and port. With an MTU in the same request it is EOPNOTSUPP
   * too ("Cannot change mtu").
   */
  public static NetlinkRequest setVxlan(LinkId link, List<VxlanAttribute> attributes) {
    return change(
        "ip link set " + link + " type vxlan",
        link,
        List.of(
            new LinkAttribute.Info(
                List.of(
                    new InfoAttribute.Kind(InfoAttribute.VxlanData.KIND),
                    new InfoAttribute.VxlanData(attributes)))));
  }

  private static NetlinkRequest change(
      String operation, LinkId link, List<LinkAttribute> attributes) {
    return change(operation, link, 0, 0, attributes);
  }

  private static NetlinkRequest change(
      String operation, LinkId link, int flags, int change, List<LinkAttribute> attributes) {
    return new NetlinkRequest(operation, RTM_NEWLINK, 0, message(link, flags, change, attributes));
  }

  /**
   * {@code ip link delete LINK}. For a veth the acknowledgement comes only after an RCU barrier,
   * about 19 ms after both ends are gone.
   */
  public static NetlinkRequest delete(LinkId link) {
    return new NetlinkRequest(
        "ip link delete " + link, RTM_DELLINK, 0, message(link, 0, 0, List.of()));
  }

  /**
   * The same, and the notification also to the requester, before the acknowledgement (from 6.2).
   */
  public static NetlinkRequest deleteWithEcho(LinkId link) {
    return new NetlinkRequest(
        "ip link delete " + link, RTM_DELLINK, NLM_F_ECHO, message(link, 0, 0, List.of()));
  }

  /** {@code ip link show LINK}, a query. ENODEV if there is none. */
  public static NetlinkRequest get(LinkId link) {
    return new NetlinkRequest(
        "ip link show " + link, RTM_GETLINK, 0, message(link, 0, 0, List.of(WITHOUT_STATISTICS)));
  }

  /** {@code ip link show}, a dump. */
  public static NetlinkRequest list() {
    return dump("ip link show", List.of());
  }

  /** {@code ip link show master INDEX}, a dump: the ports of a bridge. */
  public static NetlinkRequest listPorts(int bridgeIndex) {
    return dump(
        "ip link show master index " + bridgeIndex, List.of(new LinkAttribute.Master(bridgeIndex)));
  }

  /** {@code ip link show type KIND}, a dump. */
  public static NetlinkRequest listKind(String kind) {
    return dump(
        "ip link show type " + kind,
        List.of(new LinkAttribute.Info(List.of(new InfoAttribute.Kind(kind)))));
  }

  private static NetlinkRequest dump(String operation, List<LinkAttribute> filter) {
    List<LinkAttribute> attributes = new ArrayList<>(filter);
    attributes.add(WITHOUT_STATISTICS);
    AttributeWriter.Body body = new LinkMessage(new LinkHeader(AF_UNSPEC, 0, 0, 0, 0), attributes);
    return new NetlinkRequest(operation, RTM_GETLINK, 0, body);
  }

  /** {@code ip link show}: all links. */
  public static List<LinkInfo> show(NetlinkTransport kernel) {
    return kernel.dump(list()).stream().map(LinkInfo::of).toList();
  }

  /** {@code ip link show type KIND}: all links of a kind. */
  public static List<LinkInfo> showKind(NetlinkTransport kernel, String kind) {
    return kernel.dump(listKind(kind)).stream().map(LinkInfo::of).toList();
  }

  /** {@code ip link show LINK}: empty if there is none. */
  public static Optional<LinkInfo> show(NetlinkTransport kernel, LinkId link) {
    try {
      return Optional.of(LinkInfo.of(kernel.query(get(link))));
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static LinkMessage message(
      LinkId link, int flags, int change, List<LinkAttribute> attributes) {
    List<LinkAttribute> all = new ArrayList<>(attributes);
    if (link.index() == 0) {
      all.add(0, new LinkAttribute.Name(link.name()));
    }
    return new LinkMessage(new LinkHeader(AF_UNSPEC, 0, link.index(), flags, change), all);
  }
}
