package io.flannelj.netlink.nftables.expression;

/** Comparisons, in the kernel's order (enum nft_cmp_ops). */
public enum CompareOp {
  EQ("=="),
  NEQ("!="),
  LT("<"),
  LTE("<="),
  GT(">"),
  GTE(">=");

  private final String sign;

  CompareOp(String sign) {
    this.sign = sign;
  }

  /** The kernel's number: the constants are in its order. */
  @SuppressWarnings("EnumOrdinal")
  int number() {
    return ordinal();
  }

  /** nft's sign. */
  @Override
  public String toString() {
    return sign;
  }
}
