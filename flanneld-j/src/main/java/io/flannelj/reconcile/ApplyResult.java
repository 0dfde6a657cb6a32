package io.flannelj.reconcile;

import java.util.Map;

/**
 * What came of a batch.
 *
 * @param failures entries that could not be put or removed; the exception names operation, object,
 *     errno and the kernel's text
 * @param cleared whether entries of later tables went with what was done: a device was made anew,
 *     or a change of its MAC took its neighbours away. Those tables are then dumped again
 */
public record ApplyResult<K>(Map<K, RuntimeException> failures, boolean cleared) {
  /** Copies the map. */
  public ApplyResult {
    failures = Map.copyOf(failures);
  }

  /** Everything was done. */
  public static <K> ApplyResult<K> done() {
    return new ApplyResult<>(Map.of(), false);
  }

  /** Some entries may have failed. */
  public static <K> ApplyResult<K> of(Map<K, RuntimeException> failures) {
    return new ApplyResult<>(failures, false);
  }
}
