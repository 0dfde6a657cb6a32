package io.flannelj.desired;

/**
 * A rule of ours in a chain that is not: the FORWARD chain of iptables-nft, whose policy our own
 * table cannot overrule.
 *
 * @param family the table's family
 * @param table the foreign table
 * @param chain its chain
 * @param comment by which we recognise the rule; unique in the chain
 */
public record ChainRuleKey(NftFamily family, String table, String chain, String comment) {
  @Override
  public String toString() {
    return "rule \"" + comment + "\" in " + family.word() + " " + table + " " + chain;
  }
}
