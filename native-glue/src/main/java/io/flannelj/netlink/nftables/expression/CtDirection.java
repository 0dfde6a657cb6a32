package io.flannelj.netlink.nftables.expression;

/** Direction of a packet within its connection (enum ip_conntrack_dir). */
public enum CtDirection {
  /** From who opened it. */
  ORIGINAL("original"),
  /** Towards who opened it. */
  REPLY("reply");

  private final String word;

  CtDirection(String word) {
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
