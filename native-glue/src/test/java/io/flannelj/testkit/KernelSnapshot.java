package io.flannelj.testkit;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NODAD;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_PERMANENT;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_SECONDARY;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_NOARP;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_LOCAL;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.neighbour.Fdb;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a namespace holds, as sorted lines of text. Left out is what changes by itself or comes
 * from the kernel alone: operational states, IPv6 link-local addresses and local routes (made when
 * duplicate address detection ends), multicast.
 */
final class KernelSnapshot {
  private KernelSnapshot() {}

  static List<String> of(NetlinkTransport kernel) {
    List<String> lines = new ArrayList<>();
    kernel.dump(Links.list()).forEach(message -> lines.add(link(message)));
    for (int family : new int[] {AF_INET, AF_INET6}) {
      for (NetlinkMessage message : kernel.dump(Addresses.list(family, 0))) {
        AddressInfo address = AddressInfo.of(message);
        if (isOurs(address.prefix().address())) {
          lines.add(address(address));
        }
      }
      for (NetlinkMessage message : kernel.dump(Routes.list(RouteFilter.all(family)))) {
        RouteInfo route = RouteInfo.of(message).withoutState();
        if (isOurs(route.destination().address()) && !isIpv6Local(route)) {
          lines.add("route " + route);
        }
      }
      for (NetlinkMessage message : kernel.dump(Neighbours.list(family, 0))) {
        NeighbourInfo neighbour = NeighbourInfo.of(message);
        if ((neighbour.state() & NUD_NOARP) == 0) {
          lines.add(neighbour.toString());
        }
      }
    }
    for (NetlinkMessage message : kernel.dump(Fdb.list(0))) {
      FdbInfo entry = FdbInfo.of(message);
      if (!entry.mac().isMulticast() && entry.remote().isPresent()) {
        lines.add(entry.toString());
      }
    }
    lines.sort(null);
    return lines;
  }

  private static String link(NetlinkMessage message) {
    LinkInfo link = LinkInfo.of(message);
    return "link %d %s %s mac %s mtu %d queue %d up %s master %d of %d alias '%s' %s port %s"
        .formatted(
            link.index(),
            link.name(),
            link.kind(),
            link.mac(),
            link.mtu(),
            link.transmitQueueLength(),
            link.isUp(),
            link.master(),
            link.underlay(),
            link.alias(),
            link.vxlan(),
            link.port().map(port -> port.hairpin() + "/" + port.isolated()));
  }

  private static String address(AddressInfo address) {
    int flags = address.flags() & (IFA_F_PERMANENT | IFA_F_SECONDARY | IFA_F_NODAD);
    return "address "
        + new AddressInfo(
            address.index(),
            address.prefix(),
            address.peer(),
            address.broadcast(),
            address.label(),
            flags,
            address.scope());
  }

  private static boolean isOurs(IpAddress address) {
    return !address.isLinkLocal() && !address.isMulticast();
  }

  private static boolean isIpv6Local(RouteInfo route) {
    return !route.destination().isIpv4() && route.table() == RT_TABLE_LOCAL;
  }
}
