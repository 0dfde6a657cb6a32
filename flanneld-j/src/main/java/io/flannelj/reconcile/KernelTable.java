package io.flannelj.reconcile;

import io.flannelj.desired.DesiredTable;
import java.util.Map;

/**
 * One of the kernel's tables, as far as its entries are ours. Called by the reconciling thread
 * only.
 *
 * @param <K> what the kernel keys entries by
 * @param <V> the rest of an entry, normalised as desired values are
 */
public interface KernelTable<K, V> {

  /** Which table this is. */
  DesiredTable<K, V> table();

  /**
   * Every entry that is ours, recognised without memory of the past.
   *
   * @throws RuntimeException naming operation, object, errno and the kernel's text, if the kernel
   *     could not be asked; never an empty map then
   */
  Map<K, V> dumpOwned();

  /**
   * Adds or changes entries, then removes others. Both are idempotent: an entry that is there
   * already is replaced, and removing one that is gone is success. Many messages go in one send; an
   * entry that fails does not keep the others from being applied.
   *
   * @param toPut entries to add, or to change to this value
   * @param toRemove entries to remove, with the value that they are believed to have
   * @throws RuntimeException if nothing could be sent or no answer came: every entry counts as
   *     failed
   */
  ApplyResult<K> apply(Map<K, V> toPut, Map<K, V> toRemove);
}
