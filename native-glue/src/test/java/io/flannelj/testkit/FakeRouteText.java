package io.flannelj.testkit;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_ADVMSS;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_MTU;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_COMPAT;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.route.route.MetricAttribute;
import io.flannelj.netlink.route.route.NextHop;
import io.flannelj.netlink.route.route.RouteAttribute;
import io.flannelj.netlink.route.route.RouteHeader;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteMessage;
import java.util.ArrayList;
import java.util.List;

/** Writes the fake kernel's routes as the real one does. */
final class FakeRouteText {
  private FakeRouteText() {}

  static RouteInfo withHops(RouteInfo route, List<RouteInfo.Hop> hops, int flags) {
    return new RouteInfo(
        route.destination(),
        hops,
        route.metric(),
        route.table(),
        route.protocol(),
        route.scope(),
        route.type(),
        flags,
        route.source(),
        route.mtu(),
        route.advertisedMss());
  }

  static RouteMessage describe(RouteInfo route) {
    boolean ipv4 = route.destination().isIpv4();
    List<RouteAttribute> all = new ArrayList<>();
    all.add(new RouteAttribute.Table(route.table()));
    if (route.destination().length() > 0) {
      all.add(new RouteAttribute.Destination(route.destination().address()));
    }
    if (route.metric() != 0) {
      all.add(new RouteAttribute.Priority(route.metric()));
    }
    route.source().ifPresent(source -> all.add(new RouteAttribute.PreferredSource(source)));
    List<MetricAttribute> metrics = new ArrayList<>();
    if (route.mtu() != 0) {
      metrics.add(new MetricAttribute.Metric(RTAX_MTU, route.mtu()));
    }
    if (route.advertisedMss() != 0) {
      metrics.add(new MetricAttribute.Metric(RTAX_ADVMSS, route.advertisedMss()));
    }
    if (!metrics.isEmpty()) {
      all.add(new RouteAttribute.Metrics(metrics));
    }
    if (route.hops().size() == 1) {
      RouteInfo.Hop hop = route.hops().get(0);
      hop.gateway().ifPresent(gateway -> all.add(gateway(gateway, ipv4)));
      all.add(new RouteAttribute.OutputInterface(hop.outputInterface()));
    } else if (!route.hops().isEmpty()) {
      all.add(new RouteAttribute.Multipath(nextHops(route.hops(), ipv4)));
    }
    RouteHeader header =
        new RouteHeader(
            ipv4 ? AF_INET : AF_INET6,
            route.destination().length(),
            0,
            0,
            route.table() > 0xff ? RT_TABLE_COMPAT : (int) route.table(),
            route.protocol(),
            route.scope(),
            route.type(),
            route.flags());
    return new RouteMessage(header, all);
  }

  private static List<NextHop> nextHops(List<RouteInfo.Hop> hops, boolean ipv4) {
    List<NextHop> all = new ArrayList<>();
    for (RouteInfo.Hop hop : hops) {
      List<RouteAttribute> inner = new ArrayList<>();
      hop.gateway().ifPresent(gateway -> inner.add(gateway(gateway, ipv4)));
      all.add(new NextHop(hop.flags(), hop.weight() - 1, hop.outputInterface(), inner));
    }
    return all;
  }

  private static RouteAttribute gateway(IpAddress gateway, boolean ipv4) {
    return gateway.isIpv4() == ipv4
        ? new RouteAttribute.Gateway(gateway)
        : new RouteAttribute.Via(
            gateway.isIpv4() ? AF_INET : AF_INET6, Bytes.of(gateway.toBytes()));
  }
}
