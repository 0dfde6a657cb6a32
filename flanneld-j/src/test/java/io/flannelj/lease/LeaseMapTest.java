package io.flannelj.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeaseMapTest {
  static Lease lease(int subnet, int publicIp) {
    return new Lease(
        LeaseSubnets.ofIpv4(new IpPrefix(new Ipv4Address(0x0a000000 | subnet << 8), 24)),
        LeaseAttributes.ofIpv4(new Ipv4Address(0xc0a80000 | publicIp), "vxlan", ""),
        "",
        Lease.NEVER);
  }

  @Test
  void behavesAsAMapAndKnowsItsChanges() {
    Random random = new Random(7);
    Map<LeaseSubnets, Lease> model = new HashMap<>();
    LeaseMap map = LeaseMap.EMPTY;
    LeaseMap older = map;
    Map<LeaseSubnets, Lease> olderModel = Map.of();
    for (int i = 0; i < 5000; i++) {
      Lease lease = lease(random.nextInt(400), random.nextInt(3));
      if (random.nextInt(3) == 0) {
        map = map.without(lease.subnets());
        model.remove(lease.subnets());
      } else {
        map = map.with(lease);
        model.put(lease.subnets(), lease);
      }
      if (i % 97 == 0) {
        assertChanges(map.changesSince(older), olderModel, model);
        older = map;
        olderModel = Map.copyOf(model);
      }
    }
    assertThat(map.size()).isEqualTo(model.size());
    assertThat(map.sorted()).containsExactlyInAnyOrderElementsOf(model.values());
    assertThat(map.sorted()).isSortedAccordingTo((a, b) -> a.subnets().compareTo(b.subnets()));
    assertThat(map).isEqualTo(LeaseMap.of(model.values()));
  }

  private static void assertChanges(
      LeaseChanges changes, Map<LeaseSubnets, Lease> older, Map<LeaseSubnets, Lease> newer) {
    List<Lease> put = new ArrayList<>(newer.values());
    put.removeIf(lease -> lease.equals(older.get(lease.subnets())));
    List<Lease> removed = new ArrayList<>(older.values());
    removed.removeIf(lease -> newer.containsKey(lease.subnets()));
    assertThat(changes.put()).containsExactlyInAnyOrderElementsOf(put);
    assertThat(changes.removed()).containsExactlyInAnyOrderElementsOf(removed);
  }

  @Test
  void anUnchangedMapStaysTheSame() {
    LeaseMap map = LeaseMap.EMPTY.with(lease(1, 1));
    assertThat(map.with(lease(1, 1))).isSameAs(map);
    assertThat(map.without(lease(2, 1).subnets())).isSameAs(map);
    assertThat(map.get(lease(1, 1).subnets())).contains(lease(1, 1));
  }
}
