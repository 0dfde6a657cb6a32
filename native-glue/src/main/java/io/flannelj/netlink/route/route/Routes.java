package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_APPEND;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_ADVMSS;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_MTU;
import static io.flannelj.netlink.route.route.RouteConstants.RTM_F_LOOKUP_TABLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_ONLINK;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_NOWHERE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_UNSPEC;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Requests about routes. */
public final class Routes {
  private Routes() {}

  /**
   * {@code ip route add}. EEXIST if there is one with the same key, ENETUNREACH if the gateway is
   * not reachable and the route not onlink, ENETDOWN if the interface is down, ENODEV without it.
   */
  public static NetlinkRequest add(RouteSpec spec) {
    return put("add", NLM_F_CREATE | NLM_F_EXCL, spec);
  }

  /** {@code ip route replace}: adds it, or puts it in the place of the first with its key. */
  public static NetlinkRequest replace(RouteSpec spec) {
    return put("replace", NLM_F_CREATE | NLM_F_REPLACE, spec);
  }

  /** {@code ip route append}: adds it behind others with its key; IPv6 makes them one multipath. */
  public static NetlinkRequest append(RouteSpec spec) {
    return put("append", NLM_F_CREATE | NLM_F_APPEND, spec);
  }

  private static NetlinkRequest put(String verb, int flags, RouteSpec spec) {
    return new NetlinkRequest(
        "ip route " + verb + " " + spec, RTM_NEWROUTE, flags, message(spec, spec.scope()));
  }

  /**
   * {@code ip route delete}: the first route that agrees with all that the spec says; ESRCH if none
   * does. Scope, MTU and the like do not count.
   */
  public static NetlinkRequest delete(RouteSpec spec) {
    return new NetlinkRequest(
        "ip route delete " + spec, RTM_DELROUTE, 0, message(spec, RT_SCOPE_NOWHERE));
  }

  /** {@code ip route show}, a dump. IPv6 dumps hold cached exceptions only if asked for. */
  public static NetlinkRequest list(RouteFilter filter) {
    List<RouteAttribute> attributes = new ArrayList<>();
    if (filter.table() > 0xff) {
      attributes.add(new RouteAttribute.Table(filter.table()));
    }
    if (filter.outputInterface() != 0) {
      attributes.add(new RouteAttribute.OutputInterface(filter.outputInterface()));
    }
    RouteHeader header =
        new RouteHeader(
            filter.family(), 0, 0, 0, tableByte(filter.table()), filter.protocol(), 0, 0, 0);
    return new NetlinkRequest(
        "ip route show", RTM_GETROUTE, 0, new RouteMessage(header, attributes));
  }

  /**
   * {@code ip route show}: the routes of a table that was never used are none (the kernel says
   * ENOENT, for IPv4's main table too), cached exceptions are left out.
   */
  public static List<RouteInfo> show(NetlinkTransport kernel, RouteFilter filter) {
    try {
      return kernel.dump(list(filter)).stream()
          .map(RouteInfo::of)
          .filter(route -> !route.isCloned() && filter.passes(route))
          .toList();
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT && filter.table() != 0) {
        return List.of();
      }
      throw e;
    }
  }

  /**
   * {@code ip route get ADDRESS}, a query: the way that a packet to the address would take now,
   * with gateway, interface and source address. ENETUNREACH if there is none.
   */
  public static NetlinkRequest get(IpAddress destination) {
    // IPv6 says the table anyway, and refuses to be asked for it (EINVAL under strict checking).
    RouteHeader header =
        new RouteHeader(
            destination.isIpv4() ? AF_INET : AF_INET6,
            destination.bitLength(),
            0,
            0,
            0,
            0,
            0,
            0,
            destination.isIpv4() ? RTM_F_LOOKUP_TABLE : 0);
    return new NetlinkRequest(
        "ip route get " + destination,
        RTM_GETROUTE,
        0,
        new RouteMessage(header, List.of(new RouteAttribute.Destination(destination))));
  }

  private static RouteMessage message(RouteSpec spec, int scope) {
    List<RouteAttribute> attributes = new ArrayList<>();
    boolean ipv4 = spec.destination().isIpv4();
    if (spec.destination().length() > 0) {
      attributes.add(new RouteAttribute.Destination(spec.destination().address()));
    }
    spec.gateway().ifPresent(gateway -> attributes.add(nextHop(gateway, ipv4)));
    if (spec.outputInterface() != 0) {
      attributes.add(new RouteAttribute.OutputInterface(spec.outputInterface()));
    }
    if (spec.metric() != 0) {
      attributes.add(new RouteAttribute.Priority(spec.metric()));
    }
    if (spec.table() > 0xff) {
      attributes.add(new RouteAttribute.Table(spec.table()));
    }
    spec.source().ifPresent(source -> attributes.add(new RouteAttribute.PreferredSource(source)));
    List<MetricAttribute> metrics = new ArrayList<>();
    if (spec.mtu() != 0) {
      metrics.add(new MetricAttribute.Metric(RTAX_MTU, spec.mtu()));
    }
    if (spec.advertisedMss() != 0) {
      metrics.add(new MetricAttribute.Metric(RTAX_ADVMSS, spec.advertisedMss()));
    }
    if (!metrics.isEmpty()) {
      attributes.add(new RouteAttribute.Metrics(metrics));
    }
    RouteHeader header =
        new RouteHeader(
            ipv4 ? AF_INET : AF_INET6,
            spec.destination().length(),
            0,
            0,
            tableByte(spec.table()),
            spec.protocol(),
            scope,
            spec.type(),
            spec.onlink() ? RTNH_F_ONLINK : 0);
    return new RouteMessage(header, attributes);
  }

  private static RouteAttribute nextHop(IpAddress gateway, boolean ipv4) {
    return gateway.isIpv4() == ipv4
        ? new RouteAttribute.Gateway(gateway)
        : new RouteAttribute.Via(
            gateway.isIpv4() ? AF_INET : AF_INET6, Bytes.of(gateway.toBytes()));
  }

  private static int tableByte(long table) {
    return table > 0xff ? RT_TABLE_UNSPEC : (int) table;
  }
}
