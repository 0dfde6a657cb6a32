package io.flannelj.reconcile;

import java.util.Map;

/**
 * One kind of kernel object.
 *
 * @param <K> what the kernel keys it by
 * @param <V> the rest of it
 */
public interface KernelTable<K, V> {
  /** The word that {@code ip}, {@code bridge} or {@code nft} use for it. */
  String name();

  /**
   * Everything in the kernel that is ours, recognised without memory of the past.
   *
   * @throws RuntimeException if the dump failed: never an empty map then
   */
  Map<K, V> dumpOwned();

  /**
   * Adds or changes the first, removes the second; removing what is gone is success.
   *
   * @return what failed and why
   */
  Map<K, RuntimeException> apply(Map<K, V> toPut, Map<K, V> toRemove);
}
