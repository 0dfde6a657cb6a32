package io.flannelj.cni.pod;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.sysctl.Sysctl;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
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
   * The upper end, made if missing, up and with the gateway addresses.
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
    LinkInfo end =
        Bridges.find(host, name)
            .orElseGet(() -> create(host, bridge, name, vlan, keepDefault, gateways));
    if (!end.kind().equals("veth")) {
      throw new BridgeException(
          "failed to create vlan interface: \"" + name + "\" already exists but is not a veth");
    }
    if (!end.isUp()) {
      host.execute(Links.setUp(end.id()));
    }
    bridges.carry(host, end, gateways, forceAddress);
    return end;
  }

  private LinkInfo create(
      NetlinkTransport host,
      LinkInfo bridge,
      String name,
      int vlan,
      boolean keepDefault,
      List<IpPrefix> gateways) {
    long hash = PodMac.hash(("gateway " + name).getBytes(StandardCharsets.UTF_8));
    String portName = "veth" + HexFormat.of().toHexDigits((int) (hash ^ (hash >>> 32)));
    VethEnd port =
        VethEnd.named(portName).withMtu(bridge.mtu()).withMaster(bridge.index()).withUp();
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
    sysctl.writeWherePermitted("net/ipv6/conf/" + name + "/accept_ra", "0");
    LinkInfo onBridge = Bridges.find(host, portName).orElseThrow();
    host.execute(Links.setAlias(onBridge.id(), PORT_ALIAS + name));
    new PortVlans(vlan, new TreeSet<>(), keepDefault).apply(host, onBridge.index());
    return made;
  }
}
