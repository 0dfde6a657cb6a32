package io.flannelj.testkit;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetFlag;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.expression.Expression;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import io.flannelj.netlink.nftables.expression.Lookup;
import io.flannelj.netlink.nftables.expression.NftData;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One table of {@link FakeNft}: what it holds, and what the kernel refuses. */
final class FakeTable {
  final Table table;
  private final Map<String, Chain> chains = new LinkedHashMap<>();
  final Map<String, List<Rule>> rules = new LinkedHashMap<>();
  private final Map<String, NftSet> sets = new LinkedHashMap<>();
  private final Map<String, Map<Object, SetElement>> elements = new LinkedHashMap<>();
  private long lastHandle;

  FakeTable(Table table) {
    this.table = table;
  }

  FakeTable copy() {
    FakeTable copy = new FakeTable(table);
    copy.chains.putAll(chains);
    rules.forEach((name, list) -> copy.rules.put(name, new ArrayList<>(list)));
    copy.sets.putAll(sets);
    elements.forEach((name, map) -> copy.elements.put(name, new LinkedHashMap<>(map)));
    copy.lastHandle = lastHandle;
    return copy;
  }

  TableContent content() {
    TableContent.Builder content = TableContent.builder(table);
    sets.values().forEach(set -> content.add(set, elementsOf(set).values()));
    chains.values().forEach(content::add);
    rules.values().forEach(list -> list.forEach(content::add));
    return content.build();
  }

  Collection<Chain> chains() {
    return chains.values();
  }

  Collection<NftSet> sets() {
    return sets.values();
  }

  void addChain(Chain chain, boolean exclusive) {
    Chain present = chains.get(chain.name().name());
    if (present == null) {
      lastHandle++;
      chains.put(chain.name().name(), chain);
      rules.put(chain.name().name(), new ArrayList<>());
    } else if (exclusive || present.base().isPresent() != chain.base().isPresent()) {
      throw new Refusal(Errno.EEXIST);
    }
  }

  void deleteChain(String name) {
    rulesOf(name);
    if (isJumpedTo(name)) {
      throw new Refusal(Errno.EBUSY);
    }
    chains.remove(name);
    rules.remove(name);
  }

  List<Rule> rulesOf(String chain) {
    List<Rule> list = rules.get(chain);
    if (list == null) {
      throw new Refusal(Errno.ENOENT);
    }
    return list;
  }

  /** The rule with a handle and the index where it is. */
  int indexOf(List<Rule> list, long handle) {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).handle() == handle) {
        return i;
      }
    }
    throw new Refusal(Errno.ENOENT);
  }

  /** With a handle of its own; what it refers to must be there. */
  Rule numbered(Rule rule) {
    for (Expression expression : rule.expressions()) {
      if (expression instanceof Lookup lookup && !sets.containsKey(lookup.set())) {
        throw new Refusal(Errno.ENOENT);
      }
      if (expression instanceof ImmediateVerdict immediate) {
        requireTarget(immediate.verdict());
      }
    }
    lastHandle++;
    return new Rule(rule.chain(), lastHandle, rule.expressions(), rule.comment());
  }

  private void requireTarget(NftData.Verdict verdict) {
    if (!verdict.chain().isEmpty() && !chains.containsKey(verdict.chain())) {
      throw new Refusal(Errno.ENOENT);
    }
  }

  private boolean isJumpedTo(String chain) {
    boolean byRule =
        rules.values().stream()
            .flatMap(List::stream)
            .flatMap(rule -> rule.expressions().stream())
            .anyMatch(
                expression ->
                    expression instanceof ImmediateVerdict immediate
                        && immediate.verdict().chain().equals(chain));
    boolean byElement =
        elements.values().stream()
            .flatMap(map -> map.values().stream())
            .anyMatch(
                element ->
                    element.data().orElse(null) instanceof NftData.Verdict verdict
                        && verdict.chain().equals(chain));
    return byRule || byElement;
  }

  void addSet(NftSet set, boolean exclusive) {
    NftSet present = sets.get(set.name().name());
    if (present == null) {
      lastHandle++;
      sets.put(set.name().name(), set);
      elements.put(set.name().name(), new LinkedHashMap<>());
    } else if (exclusive || !present.withComment("").equals(set.withComment(""))) {
      throw new Refusal(Errno.EEXIST);
    }
  }

  void deleteSet(String name) {
    if (!sets.containsKey(name)) {
      throw new Refusal(Errno.ENOENT);
    }
    boolean used =
        rules.values().stream()
            .flatMap(List::stream)
            .flatMap(rule -> rule.expressions().stream())
            .anyMatch(
                expression -> expression instanceof Lookup lookup && lookup.set().equals(name));
    if (used) {
      throw new Refusal(Errno.EBUSY);
    }
    sets.remove(name);
    elements.remove(name);
  }

  NftSet set(String name) {
    NftSet set = sets.get(name);
    if (set == null) {
      throw new Refusal(Errno.ENOENT);
    }
    return set;
  }

  Map<Object, SetElement> elementsOf(NftSet set) {
    return elements.getOrDefault(set.name().name(), new LinkedHashMap<>());
  }

  Chain chain(String name) {
    Chain chain = chains.get(name);
    if (chain == null) {
      throw new Refusal(Errno.ENOENT);
    }
    return chain;
  }

  void addElement(NftSet set, SetElement element, boolean exclusive) {
    if (set.isMap() != element.data().isPresent()
        || (!element.isCatchAll() && element.key().length() != set.key().length())) {
      throw new Refusal(Errno.EINVAL);
    }
    if (element.data().orElse(null) instanceof NftData.Verdict verdict) {
      requireTarget(verdict);
    }
    Map<Object, SetElement> map = elementsOf(set);
    SetElement present = map.get(keyOf(element));
    if (present == null) {
      if (set.flags().contains(SetFlag.INTERVAL)
          && map.values().stream().anyMatch(other -> overlap(other, element))) {
        throw new Refusal(Errno.EEXIST);
      }
      map.put(keyOf(element), element);
    } else if (exclusive || !present.data().equals(element.data())) {
      throw new Refusal(Errno.EEXIST);
    }
  }

  void deleteElement(NftSet set, SetElement element) {
    if (elementsOf(set).remove(keyOf(element)) == null) {
      throw new Refusal(Errno.ENOENT);
    }
  }

  private static Object keyOf(SetElement element) {
    return List.of(element.key(), element.last());
  }

  private static boolean overlap(SetElement a, SetElement b) {
    return a.key().compareTo(b.last().orElse(b.key())) <= 0
        && b.key().compareTo(a.last().orElse(a.key())) <= 0;
  }
}
