package io.flannelj.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * When a failed key is tried again: 100 ms after the first failure, doubling to 60 s. One key's
 * failures never delay another's.
 *
 * @param <K> the table's key
 */
public final class RetrySchedule<K> {
  private static final long FIRST_NANOS = 100_000_000L;
  private static final long LAST_NANOS = 60_000_000_000L;

  private record Entry(long delay, long notBefore, String error) {}

  private final Map<K, Entry> entries = new HashMap<>();

  /** Notes a failure at a moment of a monotonic clock in nanoseconds. */
  public void failed(K key, long now, String error) {
    Entry last = entries.get(key);
    long delay = last == null ? FIRST_NANOS : Math.min(LAST_NANOS, last.delay * 2);
    entries.put(key, new Entry(delay, now + delay, error));
  }

  /** Notes a success, or that the key is no longer wanted. */
  public void forget(K key) {
    entries.remove(key);
  }

  /** Whether the key may be tried now. */
  public boolean isDue(K key, long now) {
    Entry entry = entries.get(key);
    return entry == null || now - entry.notBefore >= 0;
  }

  /** Nanoseconds from now to the earliest retry, 0 if it is due; empty if nothing failed. */
  public OptionalLong nextDelay(long now) {
    return entries.values().stream().mapToLong(entry -> Math.max(0, entry.notBefore - now)).min();
  }

  /** Lets all that failed be tried now: what kept it from succeeding may have gone. */
  public void hurry(long now) {
    entries.replaceAll((key, entry) -> new Entry(entry.delay, now, entry.error));
  }

  /** Number of keys that failed last. */
  public int size() {
    return entries.size();
  }

  /** Why one of them failed, by key. */
  public Map<K, String> errors() {
    Map<K, String> errors = new HashMap<>();
    entries.forEach((key, entry) -> errors.put(key, entry.error));
    return errors;
  }

  /** Keeps only keys that are still of interest. */
  public void retain(Predicate<K> wanted) {
    entries.keySet().removeIf(key -> !wanted.test(key));
  }
}
