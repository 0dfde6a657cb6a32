package io.flannelj.desired;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The difference of two desired states, by key.
 *
 * @param puts entries that are new or have another value
 * @param removals entries that are no longer wanted, with the value that they had
 */
public record DesiredChange(DesiredState puts, DesiredState removals) {
  /** No difference. */
  public static final DesiredChange NONE =
      new DesiredChange(DesiredState.EMPTY, DesiredState.EMPTY);

  /** What leads from one state to another. */
  public static DesiredChange between(DesiredState before, DesiredState after) {
    DesiredState.Builder puts = DesiredState.builder();
    DesiredState.Builder removals = DesiredState.builder();
    for (DesiredTable<?, ?> table : DesiredTable.IN_ORDER) {
      compare(table, before, after, puts, removals);
    }
    return new DesiredChange(puts.build(), removals.build());
  }

  private static <K, V> void compare(
      DesiredTable<K, V> table,
      DesiredState before,
      DesiredState after,
      DesiredState.Builder puts,
      DesiredState.Builder removals) {
    Map<K, V> old = before.get(table);
    Map<K, V> wanted = after.get(table);
    wanted.forEach(
        (key, value) -> {
          if (!value.equals(old.get(key))) {
            puts.put(table, key, value);
          }
        });
    old.forEach(
        (key, value) -> {
          if (!wanted.containsKey(key)) {
            removals.put(table, key, value);
          }
        });
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return puts.isEmpty() && removals.isEmpty();
  }

  /** The commands that would carry it out: first everything new, then removal in reverse order. */
  public List<String> toCommands() {
    List<String> lines = new ArrayList<>(puts.toCommands());
    for (int i = DesiredTable.IN_ORDER.size() - 1; i >= 0; i--) {
      addRemovals(DesiredTable.IN_ORDER.get(i), lines);
    }
    return lines;
  }

  private <K, V> void addRemovals(DesiredTable<K, V> table, List<String> lines) {
    DesiredState.sorted(removals.get(table))
        .forEach((key, value) -> lines.add(table.remove(key, value)));
  }
}
