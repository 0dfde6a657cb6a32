package io.flannelj.netlink.nftables.statement;

/**
 * A part of a rule in nft's words: a match or what happens. Appends its expressions; what it needs
 * (a protocol check before a port) is added once per rule, as nft does.
 */
@FunctionalInterface
public interface Statement {
  /** Appends the expressions. */
  void appendTo(RuleWriter out);
}
