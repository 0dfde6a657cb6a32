package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.Bytes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table with all that it holds. The order of rules counts; that of sets, elements and chains does
 * not.
 *
 * @param table the table
 * @param sets sets and maps by name
 * @param chains chains by name
 */
public record TableContent(
    Table table, Map<String, SetContent> sets, Map<String, ChainContent> chains) {

  /** Copies the maps and keeps their order for printing. */
  public TableContent {
    sets = Collections.unmodifiableMap(new LinkedHashMap<>(sets));
    chains = Collections.unmodifiableMap(new LinkedHashMap<>(chains));
  }

  /**
   * A set or map with its elements.
   *
   * @param set its definition
   * @param elements what it holds, by key: no two begin with the same
   */
  public record SetContent(NftSet set, Map<Bytes, SetElement> elements) {
    /** Copies the elements. */
    public SetContent {
      elements = Collections.unmodifiableMap(new LinkedHashMap<>(elements));
    }

    /**
     * With elements in any order.
     *
     * @throws IllegalArgumentException if two begin with the same key but are not equal
     */
    public static SetContent of(NftSet set, Collection<SetElement> elements) {
      Map<Bytes, SetElement> byKey = new LinkedHashMap<>(elements.size() * 2);
      for (SetElement element : elements) {
        SetElement other = byKey.put(element.key(), element);
        if (other != null && !other.equals(element)) {
          throw new IllegalArgumentException(
              "set " + set.name() + " with " + other + " and " + element);
        }
      }
      return new SetContent(set, byKey);
    }
  }

  /**
   * A chain with its rules.
   *
   * @param chain its definition
   * @param rules in the order in which they are run
   */
  public record ChainContent(Chain chain, List<Rule> rules) {
    /** Copies the rules. */
    public ChainContent {
      rules = List.copyOf(rules);
    }

    ChainContent normalised() {
      return new ChainContent(chain, rules.stream().map(Rule::normalised).toList());
    }
  }

  /** Begins with an empty table. */
  public static Builder builder(Table table) {
    return new Builder(table);
  }

  /** What was asked for, without what the kernel adds: handles, and what traffic counts. */
  public TableContent normalised() {
    Map<String, ChainContent> plain = new LinkedHashMap<>();
    chains.forEach((name, chain) -> plain.put(name, chain.normalised()));
    return new TableContent(table, sets, plain);
  }

  /** Collects the content of a table. */
  public static final class Builder {
    private final Table table;
    private final Map<String, SetContent> sets = new LinkedHashMap<>();
    private final Map<String, Chain> chains = new LinkedHashMap<>();
    private final Map<String, List<Rule>> rules = new LinkedHashMap<>();

    private Builder(Table table) {
      this.table = table;
    }

    /** Adds a set or map with elements. */
    public Builder add(NftSet set, Collection<SetElement> elements) {
      mine(set.name().table());
      sets.put(set.name().name(), SetContent.of(set, elements));
      return this;
    }

    /** Adds a set or map with elements. */
    public Builder add(NftSet set, SetElement... elements) {
      return add(set, List.of(elements));
    }

    /** Adds a chain. */
    public Builder add(Chain chain) {
      mine(chain.name().table());
      chains.put(chain.name().name(), chain);
      return this;
    }

    /** Adds a rule at the end of its chain, which may be added later. */
    public Builder add(Rule rule) {
      mine(rule.chain().table());
      rules.computeIfAbsent(rule.chain().name(), name -> new ArrayList<>()).add(rule);
      return this;
    }

    private void mine(TableName other) {
      if (!other.equals(table.name())) {
        throw new IllegalArgumentException("content of " + other + " in table " + table.name());
      }
    }

    /**
     * The content.
     *
     * @throws IllegalArgumentException if a rule's chain is missing
     */
    public TableContent build() {
      for (String name : rules.keySet()) {
        if (!chains.containsKey(name)) {
          throw new IllegalArgumentException(
              "rules of chain " + table.name() + " " + name + ", which is missing");
        }
      }
      Map<String, ChainContent> filled = new LinkedHashMap<>();
      chains.forEach(
          (name, chain) ->
              filled.put(name, new ChainContent(chain, rules.getOrDefault(name, List.of()))));
      return new TableContent(table, sets, filled);
    }
  }
}
