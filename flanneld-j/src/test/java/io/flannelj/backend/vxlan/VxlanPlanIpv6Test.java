package io.flannelj.backend.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.backend.NodeFacts;
import io.flannelj.desired.CommandPrinter;
import io.flannelj.desired.TrafficRules;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VxlanPlanIpv6Test {
  private static final IpPrefix NETWORK = IpPrefix.parse("fd00:10:244::/48");
  private static final IpPrefix OWN = IpPrefix.parse("fd00:10:244:1::/64");

  private static VxlanPlan plan() {
    NodeFacts facts =
        new NodeFacts(
            "eth0",
            2,
            1500,
            IpAddress.parse("2001:db8::1"),
            List.of(),
            OWN,
            MacAddress.parse("02:00:00:00:06:01"),
            true);
    return new VxlanPlan(
        VxlanSettings.DEFAULT, facts, new TrafficRules(NETWORK, OWN, true, true, true));
  }

  private static Lease half(String node, String subnet, String ip, String mac) {
    return new Lease(
        node,
        IpPrefix.parse(subnet),
        IpAddress.parse(ip),
        "vxlan",
        1,
        Optional.of(MacAddress.parse(mac)),
        Long.MAX_VALUE);
  }

  private static LeaseSnapshot snapshot(Lease... leases) {
    Map<IpPrefix, Lease> map = new HashMap<>();
    for (Lease lease : leases) {
      map.put(lease.subnet(), lease);
    }
    return new LeaseSnapshot(1, true, map);
  }

  @Test
  void dualStackAndIpv6OnlyPeersAreReachedAndIpv4OnlyOnesAreNoFault() {
    Lease dual =
        half("b", "10.244.2.0/24", "192.0.2.2", "02:00:00:00:00:02")
            .withIpv6(half("b", "fd00:10:244:2::/64", "2001:db8::2", "02:00:00:00:06:02"));
    VxlanPlan.Outcome outcome =
        plan()
            .plan(
                snapshot(
                    half("me", OWN.toString(), "2001:db8::1", "02:00:00:00:06:01"),
                    dual,
                    half("c", "10.244.3.0/24", "192.0.2.3", "02:00:00:00:00:03")));
    assertThat(outcome.refused()).isEmpty();
    assertThat(CommandPrinter.print(outcome.state()))
        .startsWith(
            "sysctl -w net/ipv6/conf/eth0/accept_ra=2",
            "sysctl -w net/ipv6/conf/all/forwarding=1",
            "sysctl -w net/ipv6/conf/flannel-v6.1/disable_ipv6=0",
            "sysctl -w net/ipv6/conf/flannel-v6.1/forwarding=1",
            "sysctl -w net/ipv6/conf/flannel-v6.1/accept_ra=0",
            "ip link add flannel-v6.1 address 02:00:00:00:06:01 mtu 1430 type vxlan id 1 local"
                + " 2001:db8::1 dev eth0 dstport 8472 nolearning",
            "ip address add fd00:10:244:1::/128 dev flannel-v6.1",
            "ip link set flannel-v6.1 up",
            "ip neighbour replace fd00:10:244:2:: lladdr 02:00:00:00:06:02 dev flannel-v6.1"
                + " nud permanent",
            "bridge fdb replace 02:00:00:00:06:02 dev flannel-v6.1 dst 2001:db8::2 self permanent",
            "ip route replace fd00:10:244:2::/64 via fd00:10:244:2:: dev flannel-v6.1 onlink proto 102",
            "table ip6 flannel-ipv6 {")
        .contains(
            "\t\tip6 saddr fd00:10:244::/48 accept",
            "\t\tip6 saddr fd00:10:244::/48 ip6 daddr != ff00::/8 masquerade fully-random",
            "\t\tip6 saddr != fd00:10:244::/48 ip6 daddr fd00:10:244:1::/64 return");
  }

  @Test
  void whatAPeerMustNotDoNeverReachesTheKernel() {
    VxlanPlan.Outcome outcome =
        plan()
            .plan(
                snapshot(
                    half("overlap", "fd00:10:244:1:8000::/65", "2001:db8::2", "02:00:00:00:06:02"),
                    half("outside", "fd00:10:245:3::/64", "2001:db8::3", "02:00:00:00:06:03"),
                    half("linklocal", "fd00:10:244:4::/64", "fe80::4", "02:00:00:00:06:04"),
                    half("mapped", "fd00:10:244:5::/64", "::ffff:192.0.2.5", "02:00:00:00:06:05"),
                    half("ipv4", "fd00:10:244:6::/64", "192.0.2.6", "02:00:00:00:06:06"),
                    half("multicast", "fd00:10:244:7::/64", "ff02::1", "02:00:00:00:06:07"),
                    half("inside", "fd00:10:244:8::/64", "fd00:10:244:8::1", "02:00:00:00:06:08"),
                    half("any", "fd00:10:244:9::/64", "::", "02:00:00:00:06:09"),
                    half("ourip", "fd00:10:244:a::/64", "2001:db8::1", "02:00:00:00:06:0a")));
    assertThat(outcome.refused()).hasSize(9);
    assertThat(outcome.state().routes()).isEmpty();
    assertThat(outcome.state().forwarding()).isEmpty();
  }
}
