package io.flannelj.netlink.nftables;

/** What a set can do (NFT_SET_*), in nft's words. Flags that follow from its types are not here. */
public enum SetFlag {
  /** Part of one rule and without a name of its own. */
  ANONYMOUS(0x1),
  /** Cannot change while in use. */
  CONSTANT(0x2),
  /** Elements are ranges or prefixes. */
  INTERVAL(0x4),
  /** Elements may end by themselves. */
  TIMEOUT(0x10),
  /** Rules add elements ({@code flags dynamic}). */
  DYNAMIC(0x20),
  /** Values are named objects. */
  OBJECT(0x40),
  /** Elements have expressions such as counters. */
  EXPR(0x100);

  private final int bit;

  SetFlag(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
