package io.flannelj.netlink.nftables.expression;

/** Which side nat rewrites (enum nft_nat_types). */
public enum NatType {
  SNAT("snat"),
  DNAT("dnat");

  private final String word;

  NatType(String word) {
    this.word = word;
  }

  /** The kernel's number: the constants are in its order. */
  @SuppressWarnings("EnumOrdinal")
  int number() {
    return ordinal();
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
