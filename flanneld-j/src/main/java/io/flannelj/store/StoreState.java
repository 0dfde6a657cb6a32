package io.flannelj.store;

import java.util.List;

/**
 * How well a store can be followed.
 *
 * @param problem why it cannot be, or not be written; empty if it can
 * @param notes what else is to be said, such as which of its files are passed over
 */
public record StoreState(String problem, List<String> notes) {
  /** All is well. */
  public static final StoreState GOOD = new StoreState("", List.of());

  /** It cannot be followed. */
  public static StoreState failing(String problem) {
    return new StoreState(problem, List.of());
  }
}
