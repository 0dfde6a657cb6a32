package io.flannelj.desired;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Everything that must exist, table by table. Immutable. */
public final class DesiredState {
  /** Nothing at all. */
  public static final DesiredState EMPTY = builder().build();

  private final Map<DesiredTable<?, ?>, Map<?, ?>> tables;

  private DesiredState(Map<DesiredTable<?, ?>, Map<?, ?>> tables) {
    this.tables = tables;
  }

  /** An empty one to fill. */
  public static Builder builder() {
    return new Builder();
  }

  /** The entries of one table; not in any order. */
  @SuppressWarnings("unchecked") // Builder.put lets only a K with a V into a table.
  public <K, V> Map<K, V> get(DesiredTable<K, V> table) {
    Map<?, ?> entries = tables.get(table);
    return entries == null ? Map.of() : (Map<K, V>) entries;
  }

  /** Number of entries in all tables. */
  public int size() {
    return tables.values().stream().mapToInt(Map::size).sum();
  }

  /** Whether no table has an entry. */
  public boolean isEmpty() {
    return tables.values().stream().allMatch(Map::isEmpty);
  }

  /** The commands that would bring all of it about, in the order in which they have to run. */
  public List<String> toCommands() {
    List<String> lines = new ArrayList<>();
    for (DesiredTable<?, ?> table : DesiredTable.IN_ORDER) {
      addCommands(table, lines);
    }
    return lines;
  }

  private <K, V> void addCommands(DesiredTable<K, V> table, List<String> lines) {
    sorted(get(table)).forEach((key, value) -> lines.addAll(table.put(key, value)));
  }

  /**
   * In the order of keys that compare, which is what people expect of addresses; other keys by
   * their text.
   */
  static <K, V> Map<K, V> sorted(Map<K, V> entries) {
    Map<K, V> sorted = new TreeMap<>(Comparator.comparing(SortKey::of));
    sorted.putAll(entries);
    return sorted;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DesiredState state && state.tables.equals(tables);
  }

  @Override
  public int hashCode() {
    return tables.hashCode();
  }

  /** The commands, a line each. */
  @Override
  public String toString() {
    return String.join("\n", toCommands());
  }

  /** Collects entries; a key that is put twice keeps its last value. */
  public static final class Builder {
    private final Map<DesiredTable<?, ?>, Map<?, ?>> tables = new LinkedHashMap<>();

    private Builder() {}

    /** Adds one entry. */
    public <K, V> Builder put(DesiredTable<K, V> table, K key, V value) {
      entries(table).put(key, value);
      return this;
    }

    /** Adds many entries to a table. */
    public <K, V> Builder putAll(DesiredTable<K, V> table, Map<K, V> entries) {
      if (!entries.isEmpty()) {
        entries(table).putAll(entries);
      }
      return this;
    }

    /** Adds every entry of another state. */
    public Builder putAll(DesiredState state) {
      for (DesiredTable<?, ?> table : DesiredTable.IN_ORDER) {
        copy(table, state);
      }
      return this;
    }

    private <K, V> void copy(DesiredTable<K, V> table, DesiredState state) {
      putAll(table, state.get(table));
    }

    @SuppressWarnings("unchecked") // A table's map is only made and reached here, by that table.
    private <K, V> Map<K, V> entries(DesiredTable<K, V> table) {
      return (Map<K, V>) tables.computeIfAbsent(table, unused -> new HashMap<K, V>());
    }

    /** What was put so far. */
    public DesiredState build() {
      Map<DesiredTable<?, ?>, Map<?, ?>> copy = new HashMap<>();
      tables.forEach((table, entries) -> copy.put(table, immutable(entries)));
      return new DesiredState(copy);
    }

    /** A copy behind a view: Map.copyOf would spend a second hash table's probing on 5,000 keys. */
    private static <K, V> Map<K, V> immutable(Map<K, V> entries) {
      return Collections.unmodifiableMap(new HashMap<>(entries));
    }
  }
}
