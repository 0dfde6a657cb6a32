package io.flannelj.cni.bridge;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import java.util.List;
import java.util.Optional;

/** Whether the routes of a result are in the pod; others may be there too. */
final class PodRoutes {
  private static final long MAIN = 254;

  private PodRoutes() {}

  /**
   * Looks at each family that has routes with one dump.
   *
   * @throws CniError code 999 naming the first that is missing
   */
  static void check(NetlinkTransport pod, List<CniResult.Route> routes) {
    for (boolean ipv4 : new boolean[] {true, false}) {
      List<CniResult.Route> wanted =
          routes.stream().filter(route -> route.dst().isIpv4() == ipv4).toList();
      if (!wanted.isEmpty()) {
        List<RouteInfo> present = Routes.show(pod, RouteFilter.all(ipv4 ? AF_INET : AF_INET6));
        for (CniResult.Route route : wanted) {
          if (present.stream().noneMatch(found -> isSame(found, route))) {
            throw BridgeCheck.failure(
                "Expected Route " + text(route) + " not found in routing table");
          }
        }
      }
    }
  }

  private static boolean isSame(RouteInfo found, CniResult.Route wanted) {
    return found.destination().equals(wanted.dst().masked())
        && found.table() == wanted.table().orElse((int) MAIN)
        && (wanted.priority() == 0 || found.metric() == wanted.priority())
        && (wanted.gw().isEmpty()
            || found.hops().stream()
                .map(RouteInfo.Hop::gateway)
                .anyMatch(gateway -> gateway.equals(wanted.gw())));
  }

  private static String text(CniResult.Route route) {
    return route.dst()
        + Optional.of(route).flatMap(CniResult.Route::gw).map(g -> " via " + g).orElse("");
  }
}
