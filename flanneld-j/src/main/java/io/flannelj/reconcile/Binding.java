package io.flannelj.reconcile;

import io.flannelj.desired.DesiredState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A table, the part of the desired state that belongs into it, and what failed in it. Used by the
 * reconciling thread only.
 */
public final class Binding<K, V> {
  // A report for people: of five thousand failures a few tell enough.
  private static final int MOST_ERRORS = 100;

  private final KernelTable<K, V> table;
  private final Function<DesiredState, Map<K, V>> part;
  private final RetrySchedule<K> retries = new RetrySchedule<>();
  private Map<K, V> toRemove = Map.of();
  private int changed;

  /** Binds a table to its part of the desired state. */
  public Binding(KernelTable<K, V> table, Function<DesiredState, Map<K, V>> part) {
    this.table = table;
    this.part = part;
  }

  /** Compares with the kernel and puts what is missing; removal waits for {@link #remove}. */
  void putAgainstKernel(DesiredState desired, long now) {
    Delta<K, V> delta = Delta.between(part.apply(desired), table.dumpOwned());
    // What is as it should be after all, such as after a lost acknowledgement, failed no longer.
    retries.retain(key -> delta.toPut().containsKey(key) || delta.toRemove().containsKey(key));
    changed = apply(due(delta.toPut(), now), Map.of(), now);
    toRemove = due(delta.toRemove(), now);
  }

  /**
   * Compares with the desired state before and puts what changed, at once even where the former
   * value failed. What failed and did not change waits for its own time.
   */
  void putAgainst(DesiredState before, DesiredState desired, long now) {
    Map<K, V> wanted = part.apply(desired);
    Map<K, V> wantedBefore = part.apply(before);
    changed = 0;
    toRemove = Map.of();
    if (wanted != wantedBefore) {
      Delta<K, V> delta = Delta.between(wanted, wantedBefore);
      changed = apply(delta.toPut(), Map.of(), now);
      toRemove = delta.toRemove();
    }
  }

  /** The table could not be read: nothing is known to be superfluous. */
  void skipRemoval() {
    toRemove = Map.of();
  }

  /** Removes what the last comparison found superfluous. */
  void remove(long now) {
    Map<K, V> due = toRemove;
    toRemove = Map.of();
    changed += apply(Map.of(), due, now);
  }

  private Map<K, V> due(Map<K, V> all, long now) {
    if (retries.size() == 0) {
      return all;
    }
    Map<K, V> due = new HashMap<>(all);
    due.keySet().removeIf(key -> !retries.isDue(key, now));
    return due;
  }

  private int apply(Map<K, V> puts, Map<K, V> removals, long now) {
    if (puts.isEmpty() && removals.isEmpty()) {
      return 0;
    }
    Map<K, RuntimeException> failures = table.apply(puts, removals);
    for (Map<K, V> done : List.of(puts, removals)) {
      for (K key : done.keySet()) {
        RuntimeException failure = failures.get(key);
        if (failure == null) {
          retries.forget(key);
        } else {
          retries.failed(key, now, String.valueOf(failure.getMessage()));
        }
      }
    }
    return puts.size() + removals.size() - failures.size();
  }

  RetrySchedule<K> retries() {
    return retries;
  }

  TableStatus status(DesiredState desired) {
    return new TableStatus(
        table.name(),
        part.apply(desired).size(),
        retries.size(),
        changed,
        retries.errors().values().stream().findFirst().orElse(""),
        errors());
  }

  private Map<String, String> errors() {
    if (retries.size() == 0) {
      return Map.of();
    }
    Map<String, String> errors = new HashMap<>();
    retries.errors().entrySet().stream()
        .limit(MOST_ERRORS)
        .forEach(entry -> errors.put(String.valueOf(entry.getKey()), entry.getValue()));
    return errors;
  }
}
