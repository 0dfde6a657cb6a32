package io.flannelj.reconcile;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The difference of two states of a table.
 *
 * @param toPut what is missing or has another value, with the desired value
 * @param toRemove what is there and not desired, with the value that it has
 */
public record Delta<K, V>(Map<K, V> toPut, Map<K, V> toRemove) {

  /** What leads from the actual to the desired state. */
  public static <K, V> Delta<K, V> between(Map<K, V> desired, Map<K, V> actual) {
    Map<K, V> toPut = new LinkedHashMap<>();
    desired.forEach(
        (key, value) -> {
          if (!value.equals(actual.get(key))) {
            toPut.put(key, value);
          }
        });
    Map<K, V> toRemove = new LinkedHashMap<>();
    actual.forEach(
        (key, value) -> {
          if (!desired.containsKey(key)) {
            toRemove.put(key, value);
          }
        });
    return new Delta<>(toPut, toRemove);
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return toPut.isEmpty() && toRemove.isEmpty();
  }
}
