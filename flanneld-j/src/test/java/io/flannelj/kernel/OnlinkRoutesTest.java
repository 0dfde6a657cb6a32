package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where the kernel takes the peer's gateway for another device's, the daemon is not told of its own
 * remedy: else each attempt that fails would be the cause of the next one, without a pause.
 */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class OnlinkRoutesTest {
  private static final IpPrefix NETWORK = IpPrefix.parse("fd00:10:244::/48");
  private static final IpPrefix OWN = IpPrefix.parse("fd00:10:244:1::/64");
  private static final IpPrefix PEER = IpPrefix.parse("fd00:10:244:2::/64");
  private static final IpPrefix LAST = IpPrefix.parse("2001:db8:ffff::/48");
  private static final String DEVICE = "flannel-v6.1";

  private static DesiredState desired() {
    return new DesiredState(
        Map.of(),
        new VxlanDevice(
            DEVICE,
            1,
            8472,
            IpAddress.parse("2001:db8::1"),
            "eth0",
            0,
            1430,
            MacAddress.parse("02:00:00:00:06:01"),
            false),
        OWN.address().toHostPrefix(),
        Map.of(),
        Map.of(),
        Map.of(PEER, new RouteTarget.Tunnel(PEER.address())),
        new TrafficRules(NETWORK, OWN, true, true, true));
  }

  /** All that is notified before a route that is made last. */
  private static List<NetlinkMessage> told(NetlinkSubscription subscription) {
    List<NetlinkMessage> told = new ArrayList<>();
    while (true) {
      NetlinkEvent event = subscription.receive();
      assertThat(event).isInstanceOf(NetlinkEvent.Notified.class);
      for (NetlinkMessage message : ((NetlinkEvent.Notified) event).messages()) {
        if (RouteInfo.of(message).destination().equals(LAST)) {
          return told;
        }
        told.add(message);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"fd00:10:244:2::/64, 1", "fd00:10:244:2::5/64, 0"})
  void whatIsDoneForARefusedRouteIsNoNews(String foreign, int failures) {
    try (TestNamespace node = new TestNamespace();
        NetlinkSocket route = node.openRoute()) {
      node.run(
          ("ip link add " + DEVICE + " type vxlan id 1 local 2001:db8::1 dstport 8472").split(" "));
      node.sh("ip link set " + DEVICE + " up");
      node.sh("ip link add odd type bridge");
      node.sh("ip link set odd up");
      node.sh("ip address add " + foreign + " dev odd nodad");
      DeviceIndex device = new DeviceIndex();
      new VxlanDeviceTable(route, device).locate(DEVICE);
      DesiredState desired = desired();
      NetlinkSubscription subscription =
          node.namespace()
              .call(
                  () ->
                      NetlinkSubscription.open(NetlinkFamily.ROUTE, Rtnetlink.RTNLGRP_IPV6_ROUTE));
      try (subscription) {
        assertThat(
                new RouteTable(route, device, () -> 0, () -> NETWORK)
                    .apply(desired.routes(), Map.of()))
            .hasSize(failures);
        node.sh("ip route add " + LAST + " dev odd");
        List<NetlinkMessage> told = told(subscription);
        assertThat(told).as("the host route comes and goes").hasSizeGreaterThanOrEqualTo(2);
        assertThat(told)
            .filteredOn(one -> EventFilter.isNews(one, desired, device.get()))
            .extracting(one -> one.type() + " " + RouteInfo.of(one))
            .isEmpty();
      }
      assertThat(subscription.receive()).isInstanceOf(NetlinkEvent.Closed.class);
    }
  }
}
