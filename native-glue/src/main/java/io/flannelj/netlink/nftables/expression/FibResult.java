package io.flannelj.netlink.nftables.expression;

/** What a FIB lookup yields, in the kernel's order (enum nft_fib_result). */
public enum FibResult {
  UNSPEC(""),
  OIF("oif"),
  OIFNAME("oifname"),
  ADDRTYPE("type");

  private final String word;

  FibResult(String word) {
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
