package io.flannelj.reconcile;

import io.flannelj.collection.PersistentMap;
import java.util.HashMap;
import java.util.Map;

/**
 * The difference of two states of a table.
 *
 * @param toPut what is missing or has another value
 * @param toRemove what is there and not wanted, with its present value
 */
public record Delta<K, V>(Map<K, V> toPut, Map<K, V> toRemove) {

  /** What has to happen to get from the actual to the desired state. */
  public static <K, V> Delta<K, V> between(Map<K, V> desired, Map<K, V> actual) {
    Map<K, V> toPut = new HashMap<>();
    if (desired instanceof PersistentMap<K, V> now
        && actual instanceof PersistentMap<K, V> before) {
      Map<K, V> superfluous = new HashMap<>();
      now.changesSince(before, toPut::put, key -> superfluous.put(key, before.get(key)));
      return new Delta<>(toPut, superfluous);
    }
    for (Map.Entry<K, V> entry : desired.entrySet()) {
      if (!entry.getValue().equals(actual.get(entry.getKey()))) {
        toPut.put(entry.getKey(), entry.getValue());
      }
    }
    Map<K, V> toRemove = new HashMap<>();
    for (Map.Entry<K, V> entry : actual.entrySet()) {
      if (!desired.containsKey(entry.getKey())) {
        toRemove.put(entry.getKey(), entry.getValue());
      }
    }
    return new Delta<>(toPut, toRemove);
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return toPut.isEmpty() && toRemove.isEmpty();
  }
}
