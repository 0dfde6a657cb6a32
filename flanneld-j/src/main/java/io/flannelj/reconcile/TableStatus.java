package io.flannelj.reconcile;

import java.util.Map;

/**
 * How a table stands after a round.
 *
 * @param table its name
 * @param desired number of objects that must exist
 * @param failed number of objects that could not be brought about
 * @param changed number of objects that the last round put or removed
 * @param firstError why one of them failed, empty if none
 * @param errors by key as text: why it failed; of many, some
 */
public record TableStatus(
    String table,
    int desired,
    int failed,
    int changed,
    String firstError,
    Map<String, String> errors) {

  /** Without the errors by key. */
  public TableStatus(String table, int desired, int failed, int changed, String firstError) {
    this(table, desired, failed, changed, firstError, Map.of());
  }

  /** The same under another name. */
  public TableStatus named(String name) {
    return new TableStatus(name, desired, failed, changed, firstError, errors);
  }
}
