package io.flannelj.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");

  private final FakeTable routes = new FakeTable();
  private long now;

  /** A table in memory that fails on demand. */
  private static final class FakeTable implements KernelTable<IpPrefix, RouteTarget> {
    private final Map<IpPrefix, RouteTarget> present = new HashMap<>();
    private final Map<IpPrefix, Integer> failures = new HashMap<>();
    private boolean dumpFails;
    private int calls;

    @Override
    public String name() {
      return "route";
    }

    @Override
    public Map<IpPrefix, RouteTarget> dumpOwned() {
      if (dumpFails) {
        dumpFails = false;
        throw new IllegalStateException("dump interrupted");
      }
      return new HashMap<>(present);
    }

    @Override
    public Map<IpPrefix, RuntimeException> apply(
        Map<IpPrefix, RouteTarget> toPut, Map<IpPrefix, RouteTarget> toRemove) {
      calls++;
      Map<IpPrefix, RuntimeException> failed = new HashMap<>();
      toPut.forEach(
          (key, value) -> {
            if (failures.merge(key, -1, Integer::sum) >= 0) {
              failed.put(key, new IllegalStateException("no buffer space"));
            } else {
              present.put(key, value);
            }
          });
      toRemove.keySet().forEach(present::remove);
      return failed;
    }
  }

  private Reconciler reconciler() {
    return reconciler(device -> DeviceTable.Change.NONE);
  }

  private Reconciler reconciler(DeviceTable device) {
    return new Reconciler(
        new Binding<>(new FakeTable(), state -> Map.of()),
        device,
        List.of(new Binding<>(routes, state -> state.routes())),
        () -> now);
  }

  private static DesiredState desired(Map<IpPrefix, RouteTarget> routes) {
    IpPrefix own = IpPrefix.parse("10.244.1.0/24");
    return new DesiredState(
        Map.of(),
        new VxlanDevice(
            "flannel.1",
            1,
            8472,
            IpAddress.parse("192.0.2.1"),
            "eth0",
            2,
            1450,
            MacAddress.parse("02:00:00:00:00:01"),
            false),
        own.address().toHostPrefix(),
        Map.of(),
        Map.of(),
        routes,
        new TrafficRules(NETWORK, own, true, true, true));
  }

  private static IpPrefix subnet(int number) {
    return new IpPrefix(NETWORK.address().plus(256L * number), 24);
  }

  private static RouteTarget via(int number) {
    return new RouteTarget.Tunnel(subnet(number).address());
  }

  @Test
  void aFailedKeyRetriesAloneAndLaterEachTime() {
    routes.failures.put(subnet(2), 2);
    Reconciler reconciler = reconciler();
    DesiredState state = desired(Map.of(subnet(2), via(2), subnet(3), via(3)));
    assertThat(reconciler.full(state, true).inSync()).isFalse();
    assertThat(routes.present).containsOnlyKeys(subnet(3));
    assertThat(reconciler.nextRetry()).hasValue(100_000_000L);
    now += 100_000_000L;
    reconciler.full(state, true);
    assertThat(reconciler.nextRetry()).hasValue(200_000_000L);
    now += 200_000_000L;
    assertThat(reconciler.full(state, true).inSync()).isTrue();
    assertThat(reconciler.nextRetry()).isEmpty();
  }

  @Test
  void whatIsDueInATableWaitsWhileNoRoundGetsThatFar() {
    routes.failures.put(subnet(2), 1);
    boolean[] deviceFails = {false};
    Reconciler reconciler =
        reconciler(
            device -> {
              if (deviceFails[0]) {
                throw new IllegalStateException("flannel.1 is a dummy");
              }
              return DeviceTable.Change.NONE;
            });
    DesiredState state = desired(Map.of(subnet(2), via(2)));
    reconciler.full(state, true);
    deviceFails[0] = true;
    now += 100_000_000L;
    for (long delay = 100_000_000L; delay < 1_000_000_000L; delay *= 2) {
      reconciler.hurry();
      assertThat(reconciler.full(state, true).error()).isEqualTo("flannel.1 is a dummy");
      assertThat(reconciler.nextRetry()).hasValue(delay);
      now += delay;
    }
    deviceFails[0] = false;
    assertThat(reconciler.full(state, true).inSync()).isTrue();
    assertThat(reconciler.nextRetry()).isEmpty();
  }

  @Test
  void anEventLetsWhatFailedBeTriedAtOnce() {
    routes.failures.put(subnet(2), 3);
    Reconciler reconciler = reconciler();
    DesiredState state = desired(Map.of(subnet(2), via(2)));
    reconciler.full(state, true);
    for (int i = 0; i < 3; i++) {
      assertThat(reconciler.nextRetry()).isPresent();
      reconciler.hurry();
      assertThat(reconciler.nextRetry()).hasValue(0);
      reconciler.full(state, true);
    }
    assertThat(routes.present).containsOnlyKeys(subnet(2));
    assertThat(reconciler.nextRetry()).isEmpty();
  }

  @Test
  void whatFailedButIsThereAfterAllIsForgotten() {
    routes.failures.put(subnet(2), 1);
    Reconciler reconciler = reconciler();
    DesiredState state = desired(Map.of(subnet(2), via(2)));
    reconciler.full(state, true);
    routes.present.put(subnet(2), via(2));
    assertThat(reconciler.full(state, true).inSync()).isTrue();
    assertThat(reconciler.nextRetry()).isEmpty();
  }

  @Test
  void nothingIsRemovedBeforeTheLeasesAreKnown() {
    routes.present.put(subnet(9), via(9));
    Reconciler reconciler = reconciler();
    reconciler.full(desired(Map.of()), false);
    assertThat(routes.present).containsOnlyKeys(subnet(9));
    reconciler.full(desired(Map.of()), true);
    assertThat(routes.present).isEmpty();
  }

  @Test
  void aFailedDumpIsNoEmptyTable() {
    routes.present.put(subnet(9), via(9));
    routes.dumpFails = true;
    Reconciler reconciler = reconciler();
    assertThat(reconciler.full(desired(Map.of()), true).error()).contains("dump interrupted");
    assertThat(routes.present).containsOnlyKeys(subnet(9));
    assertThat(reconciler.nextRetry()).isPresent();
  }

  @Test
  void anyStartConvergesUnderFailuresAndThenMakesNoCall() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int run = 0; run < 200; run++) {
      routes.present.clear();
      routes.failures.clear();
      Map<IpPrefix, RouteTarget> wanted = new HashMap<>();
      for (int i = 2; i < 30; i++) {
        if (random.nextBoolean()) {
          routes.present.put(subnet(i), via(random.nextInt(60)));
        }
        if (random.nextBoolean()) {
          wanted.put(subnet(i), via(i));
        }
        if (random.nextInt(4) == 0) {
          routes.failures.put(subnet(i), random.nextInt(3));
        }
      }
      Reconciler reconciler = reconciler();
      DesiredState state = desired(wanted);
      for (int round = 0; round < 12 && !reconciler.full(state, true).inSync(); round++) {
        now += reconciler.nextRetry().orElse(0);
      }
      assertThat(routes.present).as("seed %d run %d", seed, run).isEqualTo(wanted);
      int calls = routes.calls;
      assertThat(reconciler.full(state, true).changed()).isZero();
      assertThat(routes.calls).as("seed %d: one more round makes no call", seed).isEqualTo(calls);
    }
  }
}
