package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_ADVMSS;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_MTU;
import static io.flannelj.netlink.route.route.RouteConstants.RTM_F_CLONED;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_ONLINK;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_BLACKHOLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNICAST;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_LINK;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_UNIVERSE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_MAIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.route.Captures;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteCaptureTest {
  private static RouteMessage request(String capture) {
    return RouteMessage.decode(Captures.request(capture));
  }

  private static RouteInfo answer(String capture) {
    return RouteInfo.of(RouteMessage.decode(Captures.answers(capture).get(0)));
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  private static RouteInfo.Hop hop(String gateway, int flags, int weight) {
    return new RouteInfo.Hop(Optional.of(ip(gateway)), 3, flags, weight);
  }

  @Test
  void flannelsRouteToAPeer() {
    IpAddress zero = ip("10.244.2.0");
    assertThat(request("route-v4-onlink"))
        .isEqualTo(
            new RouteMessage(
                new RouteHeader(
                    AF_INET, 24, 0, 0, RT_TABLE_MAIN, 80, 0, RTN_UNICAST, RTNH_F_ONLINK),
                List.of(
                    new RouteAttribute.Destination(zero),
                    new RouteAttribute.Gateway(zero),
                    new RouteAttribute.OutputInterface(4))));
    assertThat(answer("route-v4-onlink"))
        .isEqualTo(
            new RouteInfo(
                IpPrefix.parse("10.244.2.0/24"),
                List.of(new RouteInfo.Hop(Optional.of(zero), 4, RTNH_F_ONLINK, 1)),
                0,
                RT_TABLE_MAIN,
                80,
                RT_SCOPE_UNIVERSE,
                RTN_UNICAST,
                RTNH_F_ONLINK,
                Optional.empty(),
                0,
                0));
  }

  @Test
  void metrics() {
    assertThat(request("route-v4-metrics").find(RouteAttribute.Metrics.class))
        .contains(
            new RouteAttribute.Metrics(
                List.of(
                    new MetricAttribute.Metric(RTAX_MTU, 1400),
                    new MetricAttribute.Metric(RTAX_ADVMSS, 1360))));
    RouteInfo answer = answer("route-v4-metrics");
    assertThat(answer.mtu()).isEqualTo(1400);
    assertThat(answer.advertisedMss()).isEqualTo(1360);
    assertThat(answer.metric()).isEqualTo(7);
    assertThat(answer.source()).contains(ip("192.168.5.1"));
    assertThat(answer.scope()).isEqualTo(RT_SCOPE_LINK);
  }

  @Test
  void severalNextHops() {
    assertThat(answer("route-v4-multipath").hops())
        .containsExactly(hop("192.168.5.8", 0, 2), hop("192.168.5.9", RTNH_F_ONLINK, 1));
    assertThat(answer("route-v6-multipath").hops())
        .containsExactly(hop("2001:db8::2", 0, 1), hop("2001:db8::3", 0, 1));
    assertThat(request("route-v4-multipath").find(RouteAttribute.Multipath.class).orElseThrow())
        .isEqualTo(
            new RouteAttribute.Multipath(
                List.of(
                    new NextHop(0, 1, 0, List.of(new RouteAttribute.Gateway(ip("192.168.5.8")))),
                    new NextHop(
                        RTNH_F_ONLINK,
                        0,
                        3,
                        List.of(new RouteAttribute.Gateway(ip("192.168.5.9")))))));
  }

  @Test
  void nextHopOfTheOtherFamily() {
    assertThat(request("route-v4-via-v6").find(RouteAttribute.Via.class))
        .contains(new RouteAttribute.Via(10, Bytes.ofHex("fe800000000000000000000000000001")));
    assertThat(answer("route-v4-via-v6").hops()).containsExactly(hop("fe80::1", 0, 1));
  }

  @Test
  void withoutNextHop() {
    RouteInfo answer = answer("route-v4-blackhole");
    assertThat(answer.type()).isEqualTo(RTN_BLACKHOLE);
    assertThat(answer.hops()).isEmpty();
  }

  @Test
  void tableAbove255() {
    assertThat(request("route-v4-table").header().table()).isZero();
    assertThat(answer("route-v4-table").table()).isEqualTo(1000);
    assertThat(answer("route-v4-table").mtu()).isZero();
  }

  @Test
  void ipv6MetricIsFilledIn() {
    RouteInfo answer = answer("route-v6");
    assertThat(answer.metric()).isEqualTo(1024);
    assertThat(answer.destination()).isEqualTo(IpPrefix.parse("2001:db8:2::/64"));
    assertThat(answer.onlyHop()).contains(hop("2001:db8:2::", RTNH_F_ONLINK, 1));
  }

  @Test
  void lookUp() {
    RouteInfo answer = answer("route-get");
    assertThat(answer.destination()).isEqualTo(IpPrefix.parse("10.244.2.9/32"));
    assertThat(answer.onlyHop())
        .contains(new RouteInfo.Hop(Optional.of(ip("10.244.2.0")), 4, 0, 1));
    assertThat(answer.source()).contains(ip("10.244.1.0"));
    assertThat(answer.flags()).isEqualTo(RTM_F_CLONED);
  }
}
