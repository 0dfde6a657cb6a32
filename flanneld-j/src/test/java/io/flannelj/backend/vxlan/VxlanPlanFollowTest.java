package io.flannelj.backend.vxlan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.backend.NodeFacts;
import io.flannelj.collection.PersistentMap;
import io.flannelj.desired.TrafficRules;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plan that follows its leases must never differ from one made anew. */
final class VxlanPlanFollowTest {
  private static VxlanPlan plan(boolean ipv6) {
    NodeFacts facts =
        new NodeFacts(
            "eth0",
            2,
            1500,
            IpAddress.parse(ipv6 ? "2001:db8::1" : "192.0.2.1"),
            List.of(IpPrefix.parse(ipv6 ? "2001:db8::/64" : "192.0.2.0/24")),
            IpPrefix.parse(ipv6 ? "fd00:10:1::/64" : "10.244.1.0/24"),
            MacAddress.parse("02:00:00:00:00:01"),
            false);
    IpPrefix network = IpPrefix.parse(ipv6 ? "fd00:10::/32" : "10.244.0.0/16");
    VxlanSettings some = VxlanSettings.DEFAULT;
    VxlanSettings direct =
        new VxlanSettings(some.vni(), some.port(), some.mtu(), some.learning(), true);
    return new VxlanPlan(
        direct, facts, new TrafficRules(network, facts.subnet(), true, true, true));
  }

  /** Few MACs, few IPv6 subnets, some addresses that are refused: they meet often. */
  private static Lease lease(Random random, int subnet) {
    int who = random.nextInt(4);
    Lease half =
        new Lease(
            "node" + subnet,
            IpPrefix.parse("fd00:10:" + Integer.toHexString(random.nextInt(6)) + "::/64"),
            IpAddress.parse(random.nextBoolean() ? "2001:db8:1::" + (who + 2) : "2001:db8::5"),
            "vxlan",
            1,
            Optional.of(MacAddress.parse("02:00:00:00:00:0" + random.nextInt(7))),
            Long.MAX_VALUE);
    return new Lease(
            "node" + subnet,
            IpPrefix.parse("10.244." + subnet + ".0/24"),
            IpAddress.parse(
                List.of("198.51.100.2", "198.51.100.3", "192.0.2.9", "0.0.0.1").get(who)),
            "vxlan",
            1,
            Optional.of(MacAddress.parse("02:00:00:00:00:0" + random.nextInt(7))),
            Long.MAX_VALUE)
        .withIpv6(half);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void followsAsIfMadeAnew(boolean ipv6) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    VxlanPlan plan = plan(ipv6);
    PersistentMap<IpPrefix, Lease> leases = PersistentMap.empty();
    VxlanPlan.Outcome outcome = plan.plan(LeaseSnapshot.UNKNOWN);
    for (int round = 0; round < 500; round++) {
      PersistentMap.Editor<IpPrefix, Lease> editor = leases.edit();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int subnet = random.nextInt(9);
        Lease lease = lease(random, subnet);
        if (random.nextInt(3) == 0) {
          editor.remove(lease.subnet());
        } else {
          editor.put(lease.subnet(), lease);
        }
      }
      leases = editor.done();
      LeaseSnapshot snapshot = new LeaseSnapshot(round, true, leases);
      outcome = plan.plan(snapshot, outcome);
      VxlanPlan.Outcome anew = plan.plan(snapshot);
      assertThat(outcome.state()).as("seed %d round %d", seed, round).isEqualTo(anew.state());
      assertThat(outcome.refused()).as("seed %d round %d", seed, round).isEqualTo(anew.refused());
    }
  }
}
