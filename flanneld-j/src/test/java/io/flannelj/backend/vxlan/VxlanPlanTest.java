package io.flannelj.backend.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.backend.NodeFacts;
import io.flannelj.desired.CommandPrinter;
import io.flannelj.desired.TrafficRules;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.Refusal;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VxlanPlanTest {
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final IpPrefix OWN = IpPrefix.parse("10.244.1.0/24");

  private static VxlanPlan plan(VxlanSettings settings) {
    NodeFacts facts =
        new NodeFacts(
            "eth0",
            2,
            1500,
            IpAddress.parse("192.0.2.1"),
            List.of(IpPrefix.parse("192.0.2.0/24")),
            OWN,
            MacAddress.parse("02:00:00:00:00:01"),
            false);
    return new VxlanPlan(settings, facts, new TrafficRules(NETWORK, OWN, true, true, true));
  }

  private static Lease lease(String node, String subnet, String ip, String mac) {
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
  void anMtuForWhichTheDeviceBelowHasNoRoomIsCutAndTold() {
    VxlanSettings some = VxlanSettings.DEFAULT;
    VxlanPlan jumbo = plan(new VxlanSettings(some.vni(), some.port(), 9000, false, false));
    assertThat(jumbo.mtu()).isEqualTo(1450);
    assertThat(jumbo.remarks())
        .containsExactly(
            "Backend MTU 9000 is more than the 1500 bytes of eth0, which count instead: ip link set"
                + " eth0 mtu 9000, or set Backend.MTU in net-conf.json to 1500 or less");
    VxlanPlan less = plan(new VxlanSettings(some.vni(), some.port(), 1400, false, false));
    assertThat(less.mtu()).isEqualTo(1350);
    assertThat(less.remarks()).isEmpty();
    assertThat(plan(some).mtu()).isEqualTo(1450);
  }

  @Test
  void aPeerIsOneNeighbourOneFdbEntryAndOneRoute() {
    VxlanPlan.Outcome outcome =
        plan(VxlanSettings.DEFAULT)
            .plan(
                snapshot(
                    lease("me", "10.244.1.0/24", "192.0.2.1", "02:00:00:00:00:01"),
                    lease("b", "10.244.2.0/24", "192.0.2.2", "02:00:00:00:00:02")));
    assertThat(outcome.refused()).isEmpty();
    assertThat(CommandPrinter.print(outcome.state()))
        .containsExactly(
            "sysctl -w net/ipv4/ip_forward=1",
            "sysctl -w net/ipv4/conf/flannel.1/forwarding=1",
            "sysctl -w net/ipv6/conf/flannel.1/accept_ra=0",
            "ip link add flannel.1 address 02:00:00:00:00:01 mtu 1450 type vxlan id 1 local"
                + " 192.0.2.1 dev eth0 dstport 8472 nolearning",
            "ip address add 10.244.1.0/32 dev flannel.1",
            "ip link set flannel.1 up",
            "ip neighbour replace 10.244.2.0 lladdr 02:00:00:00:00:02 dev flannel.1 nud permanent",
            "bridge fdb replace 02:00:00:00:00:02 dev flannel.1 dst 192.0.2.2 self permanent",
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink proto 102",
            "table ip flannel-ipv4 {",
            "\tchain forward {",
            "\t\ttype filter hook forward priority filter; policy accept;",
            "\t\tip saddr 10.244.0.0/16 accept",
            "\t\tip daddr 10.244.0.0/16 accept",
            "\t}",
            "",
            "\tchain postrtg {",
            "\t\ttype nat hook postrouting priority srcnat; policy accept;",
            "\t\tmeta mark & 0x00004000 == 0x00004000 return",
            "\t\tip saddr 10.244.1.0/24 ip daddr 10.244.0.0/16 return",
            "\t\tip saddr 10.244.0.0/16 ip daddr 10.244.1.0/24 return",
            "\t\tip saddr != 10.244.0.0/16 ip daddr 10.244.1.0/24 return",
            "\t\tip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random",
            "\t\tip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random",
            "\t}",
            "}");
  }

  @Test
  void withDirectRoutingAPeerOnTheLinkIsReachedWithoutTunnel() {
    VxlanSettings direct = new VxlanSettings(1, 8472, 0, false, true);
    VxlanPlan.Outcome outcome =
        plan(direct)
            .plan(
                snapshot(
                    lease("b", "10.244.2.0/24", "192.0.2.2", "02:00:00:00:00:02"),
                    lease("c", "10.244.3.0/24", "198.51.100.3", "02:00:00:00:00:03")));
    assertThat(CommandPrinter.print(outcome.state()))
        .contains(
            "ip route replace 10.244.2.0/24 via 192.0.2.2 dev eth0 proto 102",
            "ip route replace 10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink proto 102");
    assertThat(outcome.state().neighbours()).hasSize(1);
  }

  @Test
  void whatAPeerMustNotDoNeverReachesTheKernel() {
    VxlanPlan.Outcome outcome =
        plan(VxlanSettings.DEFAULT)
            .plan(
                snapshot(
                    lease("overlap", "10.244.1.128/25", "192.0.2.2", "02:00:00:00:00:02"),
                    lease("outside", "10.9.0.0/24", "192.0.2.3", "02:00:00:00:00:03"),
                    lease("multicast", "10.244.4.0/24", "192.0.2.4", "01:00:00:00:00:04"),
                    lease("ourmac", "10.244.5.0/24", "192.0.2.5", "02:00:00:00:00:01"),
                    lease("ourip", "10.244.6.0/24", "192.0.2.1", "02:00:00:00:00:06"),
                    lease("broadcast", "10.244.7.0/24", "255.255.255.255", "02:00:00:00:00:07"),
                    lease("inside", "10.244.8.0/24", "10.244.9.1", "02:00:00:00:00:08"),
                    lease("good", "10.244.10.0/24", "192.0.2.10", "02:00:00:00:00:0a"),
                    lease("copycat", "10.244.11.0/24", "192.0.2.11", "02:00:00:00:00:0a")));
    assertThat(outcome.refused())
        .extracting(Refusal::node)
        .containsExactlyInAnyOrder(
            "overlap", "outside", "multicast", "ourmac", "ourip", "broadcast", "inside", "copycat");
    assertThat(outcome.state().routes()).containsOnlyKeys(IpPrefix.parse("10.244.10.0/24"));
  }

  @Test
  void aRefusalIsOfTheLeaseAndNotOfAllThatItsNodeHas() {
    VxlanPlan.Outcome outcome =
        plan(VxlanSettings.DEFAULT)
            .plan(
                snapshot(
                    lease("b", "10.244.2.0/24", "192.0.2.2", "02:00:00:00:00:02"),
                    lease("b", "10.9.0.0/24", "192.0.2.2", "02:00:00:00:00:03"),
                    lease("b", "10.244.5.0/24", "192.0.2.2", "02:00:00:00:00:01")));
    assertThat(outcome.refused())
        .extracting(Refusal::lease)
        .containsExactly(IpPrefix.parse("10.9.0.0/24"), IpPrefix.parse("10.244.5.0/24"));
  }
}
