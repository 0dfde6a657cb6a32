package io.flannelj.netlink.nftables.expression;

import java.util.Locale;

/** Verdicts (NF_* of linux/netfilter.h, enum nft_verdicts). */
public enum VerdictCode {
  /** Discard the packet at once. */
  DROP(0),
  /** End this base chain; other tables' chains still see the packet. */
  ACCEPT(1),
  /** Go on with the next rule. */
  CONTINUE(-1),
  /** End this rule. */
  BREAK(-2),
  /** Run a chain and come back. */
  JUMP(-3),
  /** Run a chain instead of the rest of this one. */
  GOTO(-4),
  /** End this chain. */
  RETURN(-5);

  private final int number;
  private final String word = name().toLowerCase(Locale.ROOT);

  VerdictCode(int number) {
    this.number = number;
  }

  /** The kernel's number. */
  public int number() {
    return number;
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
