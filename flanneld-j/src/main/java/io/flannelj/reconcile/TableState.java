package io.flannelj.reconcile;

import io.flannelj.desired.DesiredChange;
import io.flannelj.desired.DesiredTable;
import io.flannelj.desired.LinkName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One table's part of a reconciler: what is desired in it, what has to be done by key, what failed.
 * Owned by the reconciling thread.
 */
final class TableState<K, V> {
  private final KernelTable<K, V> kernel;
  private final DesiredTable<K, V> table;
  private final Map<K, V> desired = new HashMap<>();

  /** Keys whose desired value changed since the last round. */
  private final Set<K> touched = new LinkedHashSet<>();

  /** What is to be removed, with the value it is believed to have. */
  private final Map<K, V> leaving = new LinkedHashMap<>();

  private final RetrySchedule<K> retries = new RetrySchedule<>();
  private String dumpError = "";
  private int waiting;
  private RoundCount count = RoundCount.NONE;

  TableState(KernelTable<K, V> kernel) {
    this.kernel = kernel;
    this.table = kernel.table();
  }

  /**
   * What a round did to this table.
   *
   * @param put entries put
   * @param removed entries removed
   * @param mended how many of them nobody had asked for: the kernel had changed
   * @param firstMended key of the first of those
   * @param firstFailed key of the first entry with a new failure
   * @param error its error
   */
  record RoundCount(
      int put, int removed, int mended, String firstMended, String firstFailed, String error) {
    static final RoundCount NONE = new RoundCount(0, 0, 0, "", "", "");

    RoundCount plus(int morePut, int moreRemoved) {
      return new RoundCount(
          put + morePut, removed + moreRemoved, mended, firstMended, firstFailed, error);
    }

    RoundCount withMended(int number, String first) {
      return new RoundCount(put, removed, number, first, firstFailed, error);
    }

    RoundCount withFailure(String key, String text) {
      return firstFailed.isEmpty()
          ? new RoundCount(put, removed, mended, firstMended, key, text)
          : this;
    }
  }

  /** Takes over what changed; removal is noted only if everything desired is known. */
  void accept(DesiredChange change, boolean complete) {
    change
        .puts()
        .get(table)
        .forEach(
            (key, value) -> {
              desired.put(key, value);
              touched.add(key);
              leaving.remove(key);
              retries.forget(key);
            });
    change
        .removals()
        .get(table)
        .forEach(
            (key, value) -> {
              desired.remove(key);
              touched.remove(key);
              retries.forget(key);
              if (complete) {
                leaving.put(key, value);
              }
            });
  }

  void beginRound() {
    count = RoundCount.NONE;
    waiting = 0;
  }

  /**
   * Compares with the kernel and puts what is missing; what is superfluous is left to {@link
   * #removeLeaving}.
   *
   * @return whether entries of later tables went with it
   */
  boolean putAgainstKernel(Set<LinkName> missingLinks, long now) {
    Map<K, V> actual;
    try {
      actual = kernel.dumpOwned();
    } catch (RuntimeException e) {
      String error = String.valueOf(e.getMessage());
      if (!error.equals(dumpError)) {
        count = count.withFailure("", error);
      }
      dumpError = error;
      return putTouched(missingLinks, now);
    }
    dumpError = "";
    Delta<K, V> delta = Delta.between(desired, actual);
    retries.forgetIf(key -> !delta.toPut().containsKey(key) && !delta.toRemove().containsKey(key));
    Set<K> asked = new LinkedHashSet<>(touched);
    asked.addAll(leaving.keySet());
    leaving.clear();
    leaving.putAll(delta.toRemove());
    touched.clear();
    countMended(delta, asked);
    return apply(without(missingLinks, delta.toPut()), now);
  }

  private void countMended(Delta<K, V> delta, Set<K> asked) {
    List<K> unasked = new ArrayList<>(delta.toPut().keySet());
    unasked.addAll(delta.toRemove().keySet());
    unasked.removeIf(key -> asked.contains(key) || retries.isFailed(key));
    if (!unasked.isEmpty()) {
      count = count.withMended(unasked.size(), unasked.get(0).toString());
    }
  }

  /** Puts what changed, and what failed and is due again. */
  boolean putTouched(Set<LinkName> missingLinks, long now) {
    retries.forEach(
        (key, failure) -> {
          if (desired.containsKey(key) && retries.isDue(key, now)) {
            touched.add(key);
          }
        });
    if (touched.isEmpty()) {
      return false;
    }
    Map<K, V> puts = new LinkedHashMap<>();
    for (K key : touched) {
      V value = desired.get(key);
      if (value != null) {
        puts.put(key, value);
      }
    }
    touched.clear();
    return apply(without(missingLinks, puts), now);
  }

  /** Leaves out what stands on a device that could not be made; it waits for that device. */
  private Map<K, V> without(Set<LinkName> missingLinks, Map<K, V> puts) {
    if (missingLinks.isEmpty()) {
      return puts;
    }
    Map<K, V> possible = new LinkedHashMap<>(puts);
    possible
        .entrySet()
        .removeIf(
            entry -> {
              Optional<LinkName> link = table.link(entry.getKey(), entry.getValue());
              boolean missing = link.isPresent() && missingLinks.contains(link.get());
              if (missing) {
                touched.add(entry.getKey());
                // The device's retry wakes us; a retry of its own would be due all the time.
                retries.forget(entry.getKey());
              }
              return missing;
            });
    waiting = puts.size() - possible.size();
    return possible;
  }

  /** Removes what is superfluous or failed to be removed and is due again. */
  void removeLeaving(long now) {
    if (leaving.isEmpty()) {
      return;
    }
    Map<K, V> due = new LinkedHashMap<>(leaving);
    due.keySet().removeIf(key -> !retries.isDue(key, now));
    if (due.isEmpty()) {
      return;
    }
    Map<K, RuntimeException> failures = perform(Map.of(), due).failures();
    due.keySet().removeIf(failures::containsKey);
    leaving.keySet().removeAll(due.keySet());
    due.keySet().forEach(retries::forget);
    noteFailures(failures, now);
    count = count.plus(0, due.size());
  }

  private boolean apply(Map<K, V> puts, long now) {
    if (puts.isEmpty()) {
      return false;
    }
    ApplyResult<K> result = perform(puts, Map.of());
    int done = 0;
    for (K key : puts.keySet()) {
      if (!result.failures().containsKey(key)) {
        retries.forget(key);
        done++;
      }
    }
    noteFailures(result.failures(), now);
    count = count.plus(done, 0);
    return result.cleared();
  }

  /** A batch that could not be sent at all counts as the failure of each of its entries. */
  private ApplyResult<K> perform(Map<K, V> puts, Map<K, V> removals) {
    try {
      return kernel.apply(puts, removals);
    } catch (RuntimeException e) {
      Map<K, RuntimeException> all = new HashMap<>();
      puts.keySet().forEach(key -> all.put(key, e));
      removals.keySet().forEach(key -> all.put(key, e));
      return ApplyResult.of(all);
    }
  }

  private void noteFailures(Map<K, RuntimeException> failures, long now) {
    failures.forEach(
        (key, failure) -> {
          String error = String.valueOf(failure.getMessage());
          if (retries.failed(key, error, now)) {
            count = count.withFailure(key.toString(), error);
          }
        });
  }

  /** Forgets how often entries of these failed that stand on a device which has just been made. */
  void retrySoon() {
    retries.forgetIf(desired::containsKey);
  }

  /** The devices that this table, if it is that of devices, should hold and could not make. */
  Set<LinkName> missingLinks() {
    Set<LinkName> missing = new LinkedHashSet<>();
    retries.forEach(
        (key, failure) -> {
          if (key instanceof LinkName link
              && table.equals(DesiredTable.LINKS)
              && desired.containsKey(key)) {
            missing.add(link);
          }
        });
    return missing;
  }

  RoundCount count() {
    return count;
  }

  String name() {
    return table.name();
  }

  boolean hasDumpError() {
    return !dumpError.isEmpty();
  }

  RetrySchedule<K> retries() {
    return retries;
  }

  TableStatus status() {
    List<TableStatus.EntryFailure> failures = new ArrayList<>();
    retries.forEach(
        (key, failure) -> {
          if (failures.size() < TableStatus.MOST_FAILURES) {
            failures.add(
                new TableStatus.EntryFailure(key.toString(), failure.error(), failure.attempts()));
          }
        });
    return new TableStatus(
        table.name(), desired.size(), waiting, failures, retries.size(), dumpError);
  }
}
