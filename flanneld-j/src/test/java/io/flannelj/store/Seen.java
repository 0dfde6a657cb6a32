package io.flannelj.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** What a watcher was told, to be waited for. */
public final class Seen {
  private static final long CEILING_MILLIS = 60_000;

  private final List<LeaseSnapshot> snapshots = new CopyOnWriteArrayList<>();
  private final List<StoreState> states = new CopyOnWriteArrayList<>();

  /** Watches a store. */
  public Seen(LeaseStore store) {
    store.watch(
        snapshot -> {
          snapshots.add(snapshot);
          changed();
        },
        state -> {
          states.add(state);
          changed();
        });
  }

  private synchronized void changed() {
    notifyAll();
  }

  /** All snapshots so far. */
  public List<LeaseSnapshot> snapshots() {
    return snapshots;
  }

  /** The leases of the last snapshot. */
  public Map<IpPrefix, Lease> leases() {
    return snapshots.isEmpty() ? Map.of() : snapshots.get(snapshots.size() - 1).leases();
  }

  /** A lease of the last snapshot. */
  public Lease lease(IpPrefix subnet) {
    return Optional.ofNullable(leases().get(subnet)).orElseThrow();
  }

  /** The last state; good if there was none. */
  public StoreState state() {
    return states.isEmpty() ? StoreState.GOOD : states.get(states.size() - 1);
  }

  /** Waits until the last snapshot is as it should be. */
  public void await(String what, Predicate<Map<IpPrefix, Lease>> condition) {
    awaitAny(what, () -> !snapshots.isEmpty() && condition.test(leases()));
  }

  /** Waits until the last state is as it should be. */
  public void awaitState(String what, Predicate<StoreState> condition) {
    awaitAny(what, () -> condition.test(state()));
  }

  private synchronized void awaitAny(String what, java.util.function.BooleanSupplier condition) {
    long end = System.nanoTime() + CEILING_MILLIS * 1_000_000;
    while (!condition.getAsBoolean()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      assertThat(left)
          .as("waiting until %s; leases %s, state %s", what, leases(), state())
          .isPositive();
      try {
        wait(left);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
