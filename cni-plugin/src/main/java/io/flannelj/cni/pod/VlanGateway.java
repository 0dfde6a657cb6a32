package io.flannelj.cni.pod;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.sysctl.Sysctl;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The node's own port in a VLAN of a bridge, which carries the pods' gateway: a veth whose upper
 * end is {@code <bridge>.<vlan>}, as the reference plugin makes it. Like the bridge it stays.
 *
 * <p>Key in the kernel: the name. The port on the bridge has a name made from it, so that a pair
 * whose upper end was renamed is not doubled silently: the kernel refuses with EEXIST.
 */
public final class VlanGateway {
  private static final String PORT_ALIAS = "gateway of ";

  private final Bridges bridges;
  private final Sysctl sysctl;

  /** Over the host's sysctls. */
  public VlanGateway(Bridges bridges, Sysctl sysctl) {
    this.bridges = bridges;
    this.sysctl = sysctl;
  }

  /** Whether a port of a bridge is the node's own, made here. */
  public static boolean isPort(LinkInfo port) {
    return port.kind().equals("veth")
        && !port.underlayElsewhere()
        && port.alias().startsWith(PORT_ALIAS);
  }

  /** Name of the upper end. */
  public static String name(String bridge, int vlan) {
    return bridge + "." + vlan;
  }

  /**
   * The upper end, made if missing, plugged into the bridge, up and with the gateway addresses.
   *
   * @param vlan 1 to 4094
   * @param keepDefault whether its port keeps the VLAN that the bridge gives to new ports
   * @throws BridgeException if the name belongs to another kind of device
   */
  public LinkInfo ensure(
      NetlinkTransport host,
      LinkInfo bridge,
      int vlan,
      boolean keepDefault,
      List<IpPrefix> gateways,
      boolean forceAddress) {
    String name = name(bridge.name(), vlan);
    LinkInfo end = Bridges.find(host, name).orElseGet(() -> create(host, bridge, name, gateways));
    if (!end.kind().equals("veth")) {
      throw new BridgeException(
          "failed to create vlan interface: \"" + name + "\" already exists but is not a veth");
    }
    plugIn(host, bridge, end, vlans(vlan, keepDefault));
    if (!end.isUp()) {
      host.execute(Links.setUp(end.id()));
    }
    bridges.carry(host, end, gateways, forceAddress);
    return end;
  }

  /**
   * What keeps the pods of a VLAN from the upper end, in words; empty if nothing does.
   *
   * @param end the upper end
   */
  public static Optional<String> difference(
      NetlinkTransport host, LinkInfo bridge, LinkInfo end, int vlan, boolean keepDefault) {
    Optional<LinkInfo> port = port(host, end);
    if (port.isEmpty() || port.get().master() != bridge.index()) {
      return Optional.of("is not connected to bridge " + bridge.name());
    }
    if (!end.isUp() || !port.get().isUp()) {
      return Optional.of("is down");
    }
    return vlans(vlan, keepDefault)
        .difference(host, port.get().index())
        .map(text -> "has a port " + port.get().name() + " of which " + text);
  }

  private static PortVlans vlans(int vlan, boolean keepDefault) {
    return new PortVlans(vlan, new TreeSet<>(), keepDefault);
  }

  private static Optional<LinkInfo> port(NetlinkTransport host, LinkInfo end) {
    return end.underlay() == 0 || end.underlayElsewhere()
        ? Optional.empty()
        : Links.show(host, LinkId.of(end.underlay())).filter(link -> link.kind().equals("veth"));
  }

  private static String portName(String end) {
    long hash = PodMac.hash(("gateway " + end).getBytes(StandardCharsets.UTF_8));
    return "veth" + HexFormat.of().toHexDigits((int) (hash ^ (hash >>> 32)));
  }

  /**
   * A bridge that was deleted and made again has lost the port, and the port its VLANs; an ADD that
   * was killed had not given it any. A pair that somebody else made is left alone.
   */
  private static void plugIn(
      NetlinkTransport host, LinkInfo bridge, LinkInfo end, PortVlans wanted) {
    Optional<LinkInfo> found =
        port(host, end).filter(link -> isPort(link) || link.name().equals(portName(end.name())));
    if (found.isEmpty()) {
      return;
    }
    LinkInfo port = found.get();
    if (!isPort(port)) {
      host.execute(Links.setAlias(port.id(), PORT_ALIAS + end.name()));
    }
    if (port.master() != bridge.index()) {
      host.execute(Links.setMaster(port.id(), bridge.index()));
    }
    if (!port.isUp()) {
      host.execute(Links.setUp(port.id()));
    }
    if (wanted.difference(host, port.index()).isPresent()) {
      wanted.apply(host, port.index());
    }
  }

  private LinkInfo create(
      NetlinkTransport host, LinkInfo bridge, String name, List<IpPrefix> gateways) {
    VethEnd port =
        VethEnd.named(portName(name)).withMtu(bridge.mtu()).withMaster(bridge.index()).withUp();
    VethEnd end =
        VethEnd.named(name).withMtu(bridge.mtu()).withMac(PodMac.of(gateways.get(0).address()));
    try {
      host.execute(Links.createVeth(port, end));
    } catch (NetlinkException e) {
      // Another ADD was faster; if it was something else, the next line tells.
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    LinkInfo made = Bridges.find(host, name).orElseThrow();
    bridges.hearNoRouter(name);
    // As for the bridge: nothing is asked of pods while its link-local address is probed.
    sysctl.writeWherePermitted("net/ipv6/conf/" + name + "/accept_dad", "0");
    return made;
  }
}
