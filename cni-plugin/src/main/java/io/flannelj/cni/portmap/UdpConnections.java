package io.flannelj.cni.portmap;

import io.flannelj.cni.PluginContext;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.portmap.HostPorts.UdpPort;
import io.flannelj.cni.rules.Entry;
import io.flannelj.libc.Errno;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.conntrack.Conntrack;
import io.flannelj.netlink.conntrack.ConntrackEntry;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Connections of UDP to host ports. NAT rules are asked for the first packet of a connection only,
 * and one of UDP lives as long as its sender goes on (a DNS resolver, a SIP phone, QUIC): it would
 * go to the node itself for ever, or to a pod that is gone. So what conntrack knows of a port is
 * forgotten whenever the port's mapping comes or goes; the next packet is looked up anew.
 */
final class UdpConnections {
  private static final IpPrefix LOOPBACK = IpPrefix.parse("127.0.0.0/8");

  private final HostNetwork host;

  UdpConnections(HostNetwork host) {
    this.host = host;
  }

  /**
   * Forgets those to the ports of these elements; a kernel that cannot is named in the log, no
   * failure.
   */
  void forget(HostPorts family, List<Entry> elements, PluginContext c) {
    List<UdpPort> ports = family.udpPorts(elements);
    if (ports.isEmpty()) {
      return;
    }
    try {
      int number = Rtnetlink.family(family.family());
      Set<IpAddress> local = new HashSet<>();
      host.with(kernel -> Addresses.show(kernel, number, 0)).stream()
          .map(AddressInfo::prefix)
          .forEach(prefix -> local.add(prefix.address()));
      host.withNftables(kernel -> forget(kernel, number, ports, local));
    } catch (NativeException | DecodeException e) {
      c.log("connections of UDP to " + ports + " are not forgotten: " + e.getMessage());
    }
  }

  private static int forget(
      NetlinkTransport kernel, int family, List<UdpPort> ports, Set<IpAddress> local) {
    List<NetlinkRequest> requests = new ArrayList<>();
    for (UdpPort port : ports) {
      List<ConntrackEntry> all =
          Conntrack.show(kernel, family, PortMapping.Protocol.UDP.number(), port.port());
      for (ConntrackEntry entry : all) {
        IpAddress destination = entry.original().destination();
        // Others' traffic to the same port of other machines, or to a Service, stays.
        boolean nodes = local.contains(destination) || LOOPBACK.contains(destination);
        if (port.address().isPresent() ? port.address().get().equals(destination) : nodes) {
          requests.add(Conntrack.delete(entry));
        }
      }
    }
    for (Optional<NetlinkException> failure : kernel.executeAll(requests)) {
      if (failure.isPresent() && failure.get().errno() != Errno.ENOENT) {
        throw failure.get();
      }
    }
    return requests.size();
  }
}
