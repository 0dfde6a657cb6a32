package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Flags of masquerade, nat and redirect (NF_NAT_RANGE_*, uapi/linux/netfilter/nf_nat.h). */
public enum NatFlag {
  /** NF_NAT_RANGE_PROTO_RANDOM: start the search for a port at a random one. */
  RANDOM(0x4, "random"),
  /** NF_NAT_RANGE_PROTO_RANDOM_FULLY: choose ports at random altogether. */
  FULLY_RANDOM(0x10, "fully-random"),
  /** NF_NAT_RANGE_PERSISTENT: the same client always gets the same address. */
  PERSISTENT(0x8, "persistent");

  // NF_NAT_RANGE_MAP_IPS and PROTO_SPECIFIED: the kernel sets them where registers are given.
  private static final int IMPLIED = 0x3;

  private final int bit;
  private final String word;

  NatFlag(int bit, String word) {
    this.bit = bit;
    this.word = word;
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }

  static int bits(Set<NatFlag> flags) {
    int bits = 0;
    for (NatFlag flag : flags) {
      bits |= flag.bit;
    }
    return bits;
  }

  static Set<NatFlag> decode(AttributeIndex in, int type) {
    int bits = in.s32OrZero(type) & ~IMPLIED;
    Set<NatFlag> flags = EnumSet.noneOf(NatFlag.class);
    for (NatFlag flag : values()) {
      if ((bits & flag.bit) != 0) {
        flags.add(flag);
        bits &= ~flag.bit;
      }
    }
    if (bits != 0) {
      in.markStrange();
    }
    return Collections.unmodifiableSet(flags);
  }
}
