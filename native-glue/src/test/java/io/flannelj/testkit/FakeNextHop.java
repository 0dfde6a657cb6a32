package io.flannelj.testkit;

import static io.flannelj.netlink.route.route.RouteConstants.RTN_BLACKHOLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_PROHIBIT;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_THROW;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNREACHABLE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_LOCAL;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_MAIN;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.route.route.RouteInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks whether a new route's next hop can be used, as net/ipv4/fib_semantics.c does. */
final class FakeNextHop {
  private static final Set<Integer> WITHOUT_HOP =
      Set.of(RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW);

  private final FakeKernel kernel;
  private final List<RouteInfo> routes;

  FakeNextHop(FakeKernel kernel, List<RouteInfo> routes) {
    this.kernel = kernel;
    this.routes = routes;
  }

  RouteInfo resolve(RouteInfo asked) {
    if (WITHOUT_HOP.contains(asked.type())) {
      return FakeRouteText.withHops(asked, List.of(), 0);
    }
    RouteInfo.Hop hop = asked.onlyHop().orElseThrow(() -> new Refusal(Errno.ENODEV));
    RouteInfo.Hop resolved = hop.gateway().isPresent() ? viaGateway(asked, hop) : onDevice(hop);
    if (asked.source().isPresent() && !kernel.addresses().isLocal(asked.source().get())) {
      throw new Refusal(Errno.EINVAL, "Invalid prefsrc address");
    }
    return FakeRouteText.withHops(asked, List.of(resolved), resolved.flags());
  }

  private RouteInfo.Hop onDevice(RouteInfo.Hop hop) {
    requireUp(hop.outputInterface());
    return hop;
  }

  private RouteInfo.Hop viaGateway(RouteInfo asked, RouteInfo.Hop hop) {
    IpAddress gateway = hop.gateway().orElseThrow();
    boolean ipv4 = gateway.isIpv4();
    if (hop.isOnlink() && ipv4 && kernel.links().byIndex(hop.outputInterface()).isEmpty()) {
      throw new Refusal(Errno.ENODEV, "Nexthop device required for onlink");
    }
    if (hop.outputInterface() != 0) {
      requireUp(hop.outputInterface());
    }
    if ((hop.isOnlink() || !ipv4) && kernel.addresses().isLocal(gateway)) {
      throw new Refusal(Errno.EINVAL, "Nexthop has invalid gateway");
    }
    if (hop.isOnlink()) {
      return hop;
    }
    if (!ipv4 && gateway.isLinkLocal() && hop.outputInterface() != 0) {
      return hop;
    }
    RouteInfo direct =
        match(gateway, hop.outputInterface())
            .filter(route -> route.hops().get(0).gateway().isEmpty())
            .orElseThrow(
                () ->
                    asked.destination().isIpv4()
                        ? new Refusal(Errno.ENETUNREACH, "Nexthop has invalid gateway")
                        : new Refusal(Errno.EHOSTUNREACH));
    return new RouteInfo.Hop(
        hop.gateway(), direct.hops().get(0).outputInterface(), hop.flags(), hop.weight());
  }

  private void requireUp(int index) {
    FakeLink link = kernel.links().require(index);
    if (!link.isUp()) {
      throw new Refusal(Errno.ENETDOWN, "Nexthop device is not up");
    }
  }

  /** The route that a packet takes: local table first, then main. */
  Optional<RouteInfo> lookup(IpAddress to) {
    return match(to, 0).filter(route -> !route.hops().isEmpty());
  }

  private Optional<RouteInfo> match(IpAddress to, int out) {
    return match(to, out, RT_TABLE_LOCAL).or(() -> match(to, out, RT_TABLE_MAIN));
  }

  private Optional<RouteInfo> match(IpAddress to, int out, long table) {
    return routes.stream()
        .filter(route -> route.table() == table && route.destination().contains(to))
        .filter(
            route ->
                out == 0
                    || (!route.hops().isEmpty() && route.hops().get(0).outputInterface() == out))
        .max(
            Comparator.comparingInt((RouteInfo route) -> route.destination().length())
                .thenComparing(route -> -route.metric()));
  }
}
