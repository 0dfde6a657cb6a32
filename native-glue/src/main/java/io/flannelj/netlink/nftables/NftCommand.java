package io.flannelj.netlink.nftables;

import java.util.List;

/** One change of an atomic batch, in nft's words. */
public sealed interface NftCommand {
  /**
   * {@code add table}, or {@code create table}, which fails if there is one.
   *
   * @param table what to make
   * @param create whether it must not exist (EEXIST)
   */
  record AddTable(Table table, boolean create) implements NftCommand {}

  /**
   * {@code delete table} with all that it holds; ENOENT if there is none.
   *
   * @param table which
   */
  record DeleteTable(TableName table) implements NftCommand {}

  /**
   * {@code flush table}: deletes all rules; chains, sets and elements stay.
   *
   * @param table which
   */
  record FlushTable(TableName table) implements NftCommand {}

  /**
   * {@code add chain} or {@code create chain}.
   *
   * @param chain what to make; adding an existing base chain may change its policy only
   * @param create whether it must not exist (EEXIST)
   */
  record AddChain(Chain chain, boolean create) implements NftCommand {}

  /**
   * {@code delete chain} with its rules; EBUSY while something jumps to it.
   *
   * @param chain which
   */
  record DeleteChain(ChainName chain) implements NftCommand {}

  /**
   * {@code flush chain}: deletes its rules.
   *
   * @param chain which
   */
  record FlushChain(ChainName chain) implements NftCommand {}

  /** Where a rule goes. */
  enum Placement {
    /** At the end, or behind the rule named. */
    ADD,
    /** At the beginning, or before the rule named. */
    INSERT
  }

  /**
   * {@code add rule} or {@code insert rule}.
   *
   * @param rule what to make
   * @param placement at which end
   * @param position handle of the rule before or behind which it goes, 0 for none
   */
  record AddRule(Rule rule, Placement placement, long position) implements NftCommand {}

  /**
   * {@code replace rule}.
   *
   * @param handle of the rule that goes
   * @param rule what takes its place
   */
  record ReplaceRule(long handle, Rule rule) implements NftCommand {}

  /**
   * {@code delete rule}; ENOENT if there is none.
   *
   * @param chain that holds it
   * @param handle which
   */
  record DeleteRule(ChainName chain, long handle) implements NftCommand {}

  /**
   * {@code add set}, {@code add map}, or {@code create}.
   *
   * @param set what to make
   * @param create whether it must not exist (EEXIST)
   */
  record AddSet(NftSet set, boolean create) implements NftCommand {}

  /**
   * {@code delete set} or {@code delete map}; EBUSY while a rule uses it.
   *
   * @param set which
   */
  record DeleteSet(SetName set) implements NftCommand {}

  /**
   * {@code flush set} or {@code flush map}: deletes its elements.
   *
   * @param set which
   */
  record FlushSet(SetName set) implements NftCommand {}

  /**
   * {@code add element}. The same element again is no error; in a map with another value it is
   * EBUSY or EEXIST.
   *
   * @param set which holds them
   * @param elements what to add
   * @param create whether they must not exist (EEXIST)
   */
  record AddElements(NftSet set, List<SetElement> elements, boolean create) implements NftCommand {
    /** Copies the list. */
    public AddElements {
      elements = List.copyOf(elements);
    }
  }

  /**
   * {@code delete element}; ENOENT if one is not there. Only keys count.
   *
   * @param set which holds them
   * @param elements what to delete
   */
  record DeleteElements(NftSet set, List<SetElement> elements) implements NftCommand {
    /** Copies the list. */
    public DeleteElements {
      elements = List.copyOf(elements);
    }
  }
}
