package io.flannelj.netlink.nftables.expression;

/** What goes into a FIB lookup, in the order of the bits (enum nft_fib_flags). */
public enum FibFlag {
  SADDR("saddr"),
  DADDR("daddr"),
  MARK("mark"),
  IIF("iif"),
  OIF("oif");

  private final String word;

  FibFlag(String word) {
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
