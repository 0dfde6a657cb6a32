package io.flannelj.cni.pod;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes the bridge and its gateway addresses, idempotently.
 *
 * <p>Key in the kernel: the name. A bridge without an address of its own takes the lowest MAC of
 * its ports and changes it as ports come and go, and every pod then has a stale gateway for as long
 * as its ARP entry lives (46 s measured). So it gets a MAC made from its gateway address at
 * creation: a bridge that was deleted and made again has the same one.
 */
public final class Bridges {
  private final Sysctl sysctl;

  /** Over the host's sysctls. */
  public Bridges(Sysctl sysctl) {
    this.sysctl = sysctl;
  }

  /**
   * The bridge, made if missing, up and with its gateway addresses.
   *
   * @throws BridgeException if the name belongs to another kind of device or a foreign address is
   *     in the way
   */
  public LinkInfo ensure(NetlinkTransport host, BridgeSettings settings) {
    LinkInfo bridge = find(host, settings.name()).orElseGet(() -> create(host, settings));
    if (!bridge.kind().equals("bridge")) {
      throw new BridgeException(
          "failed to create bridge \""
              + settings.name()
              + "\": \""
              + settings.name()
              + "\" already exists but is not a bridge");
    }
    if (!bridge.isUp()) {
      host.execute(Links.setUp(bridge.id()));
    }
    if (settings.promiscuous() && !bridge.isPromiscuous()) {
      host.execute(Links.setPromiscuous(bridge.id(), true));
    }
    if (settings.vlanFiltering()) {
      // One that was made without: its ports have the default VLAN already and go on talking.
      filterVlans(host, bridge);
    }
    carry(host, bridge, settings.gateways(), settings.forceAddress());
    return bridge;
  }

  private static void filterVlans(NetlinkTransport host, LinkInfo bridge) {
    try {
      host.execute(Links.filterVlans(bridge.id()));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
      throw new BridgeException(
          "bridge \""
              + bridge.name()
              + "\" cannot filter by VLAN: this kernel is built without"
              + " CONFIG_BRIDGE_VLAN_FILTERING, so the keys vlan and vlanTrunk cannot be used");
    }
  }

  /** Gives gateway addresses to a link. */
  void carry(NetlinkTransport host, LinkInfo link, List<IpPrefix> gateways, boolean force) {
    boolean added = false;
    for (boolean ipv4 : new boolean[] {true, false}) {
      List<IpPrefix> wanted =
          gateways.stream().filter(gateway -> gateway.isIpv4() == ipv4).toList();
      if (!wanted.isEmpty()) {
        added |= ensureAddresses(host, link, wanted, force);
        enableForwarding(ipv4);
      }
    }
    if (added) {
      // Pins a bridge made by somebody else to the address it has now.
      host.execute(Links.setMac(link.id(), link.mac()));
    }
  }

  /** A link by name, empty if there is none. */
  public static Optional<LinkInfo> find(NetlinkTransport transport, String name) {
    return Links.show(transport, LinkId.named(name));
  }

  private LinkInfo create(NetlinkTransport host, BridgeSettings settings) {
    Optional<MacAddress> mac =
        Optional.of(
            settings.gateways().isEmpty()
                ? PodMac.ofText(settings.name())
                : PodMac.of(settings.gateways().get(0).address()));
    try {
      host.execute(
          Links.createBridge(
              // Filtering by VLAN is switched on afterwards, for a bridge that is there already
              // too.
              new BridgeSpec(settings.name(), mac, false, false)));
    } catch (NetlinkException e) {
      // Somebody was faster: another ADD, or the reference plugin.
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    LinkInfo bridge = find(host, settings.name()).orElseThrow();
    // Before it is up, or the first router advertisement may be heard.
    hearNoRouter(settings.name());
    // As long as its link-local address is probed, it asks for no pod's MAC: packets from elsewhere
    // to the first pod would be lost for a second or two. Nobody else can have that address.
    sysctl.writeWherePermitted("net/ipv6/conf/" + settings.name() + "/accept_dad", "0");
    if (settings.mtu() != 0 && bridge.mtu() != settings.mtu()) {
      host.execute(Links.setMtu(bridge.id(), settings.mtu()));
    }
    return bridge;
  }

  /**
   * Makes the host deaf for router advertisements on a device: a pod may send one, and become the
   * host's router (CVE-2020-10749). Nothing to do where the kernel has no IPv6. Where /proc/sys is
   * read-only it stays as the node's {@code net.ipv6.conf.default.accept_ra} says: no pod is
   * refused for it.
   */
  public void hearNoRouter(String device) {
    sysctl.writeWherePermitted("net/ipv6/conf/" + device + "/accept_ra", "0");
  }

  private boolean ensureAddresses(
      NetlinkTransport host, LinkInfo bridge, List<IpPrefix> wanted, boolean force) {
    boolean ipv4 = wanted.get(0).isIpv4();
    List<IpPrefix> present = new ArrayList<>();
    for (NetlinkMessage message :
        host.dump(Addresses.list(ipv4 ? AF_INET : AF_INET6, bridge.index()))) {
      AddressInfo address = AddressInfo.of(message);
      if (address.index() == bridge.index()) {
        present.add(address.prefix());
      }
    }
    boolean added = false;
    for (IpPrefix gateway : wanted) {
      if (present.contains(gateway)) {
        continue;
      }
      for (IpPrefix other : present) {
        if (wanted.contains(other) || (!ipv4 && !other.overlaps(gateway))) {
          continue;
        }
        if (!force) {
          throw new GatewayConflictException(
              conflict(bridge.name(), gateway, other), bridge, other);
        }
        host.execute(Addresses.delete(bridge.index(), other));
      }
      add(host, bridge.index(), gateway);
      added = true;
    }
    return added;
  }

  private static String conflict(String name, IpPrefix gateway, IpPrefix other) {
    return "failed to set bridge addr: \""
        + name
        + "\" already has an IP address different from "
        + gateway
        + " (it has "
        + other
        + "; if no pod uses the old subnet any more: ip address delete "
        + other
        + " dev "
        + name
        + ")";
  }

  private static void add(NetlinkTransport host, int index, IpPrefix gateway) {
    AddressSpec spec = AddressSpec.of(index, gateway).withBroadcast();
    if (!gateway.isIpv4()) {
      int nodad = 0x02;
      spec = AddressSpec.of(index, gateway).withFlags(nodad);
    }
    try {
      host.execute(Addresses.add(spec));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private void enableForwarding(boolean ipv4) {
    sysctl.write(ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding", "1");
  }
}
