package io.flannelj.reconcile;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * When failed keys are tried again: 100 ms after the first failure, doubling to 60 s, each key by
 * itself.
 *
 * @param <K> the table's key
 */
final class RetrySchedule<K> {
  /** Delay after the first failure. */
  static final Duration FIRST = Duration.ofMillis(100);

  /** Longest delay. */
  static final Duration LONGEST = Duration.ofSeconds(60);

  private static final int MOST_DOUBLINGS = 10;

  private final Map<K, Failure> failures = new HashMap<>();

  /**
   * A key that failed.
   *
   * @param error the last failure's text
   * @param attempts how often it failed in succession
   * @param due when it is tried again, in nanoseconds of the monotonic clock
   */
  record Failure(String error, int attempts, long due) {}

  /**
   * Notes a failure.
   *
   * @return whether it is news: the key's first failure, or another error than the last time
   */
  boolean failed(K key, String error, long now) {
    Failure before = failures.get(key);
    int attempts = before == null ? 1 : before.attempts + 1;
    failures.put(key, new Failure(error, attempts, now + delay(attempts)));
    return before == null || !before.error.equals(error);
  }

  static long delay(int attempts) {
    int doublings = Math.min(attempts - 1, MOST_DOUBLINGS);
    return Math.min(FIRST.toNanos() << doublings, LONGEST.toNanos());
  }

  /** Notes a success, or that the key is of no interest any more. */
  void forget(K key) {
    failures.remove(key);
  }

  void forgetIf(Predicate<K> condition) {
    failures.keySet().removeIf(condition);
  }

  boolean isFailed(K key) {
    return failures.containsKey(key);
  }

  boolean isDue(K key, long now) {
    Failure failure = failures.get(key);
    return failure == null || now - failure.due >= 0;
  }

  void forEach(BiConsumer<K, Failure> action) {
    failures.forEach(action);
  }

  /** When the next key is due, in nanoseconds from now, 0 if one is overdue; empty without any. */
  Optional<Duration> untilNext(long now) {
    return failures.values().stream()
        .map(failure -> Duration.ofNanos(Math.max(0, failure.due - now)))
        .min(Duration::compareTo);
  }

  int size() {
    return failures.size();
  }
}
