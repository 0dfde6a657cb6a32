package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Looks the packet up in the routing tables (nft_fib).
 *
 * @param result what is asked for
 * @param flags what goes into the lookup
 * @param present whether the result is only whether there is a route
 * @param target where the result goes
 */
public record Fib(FibResult result, Set<FibFlag> flags, boolean present, Register target)
    implements Expression {
  private static final int NFTA_FIB_DREG = 1;
  private static final int NFTA_FIB_RESULT = 2;
  private static final int NFTA_FIB_FLAGS = 3;
  private static final int NFTA_FIB_F_PRESENT = 0x20;

  /** Keeps the flags in the kernel's order. */
  public Fib {
    flags = flags.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(flags));
  }

  @Override
  public String name() {
    return "fib";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    int bits = present ? NFTA_FIB_F_PRESENT : 0;
    for (FibFlag flag : flags) {
      bits |= 1 << flag.number();
    }
    out.putU32BigEndian(NFTA_FIB_FLAGS, bits);
    out.putU32BigEndian(NFTA_FIB_RESULT, result.number());
    out.putU32BigEndian(NFTA_FIB_DREG, target.number());
  }

  static Fib decode(AttributeIndex in) {
    int bits = in.s32(NFTA_FIB_FLAGS);
    Set<FibFlag> flags = EnumSet.noneOf(FibFlag.class);
    for (FibFlag flag : FibFlag.values()) {
      if ((bits & 1 << flag.number()) != 0) {
        flags.add(flag);
      }
    }
    if (bits >>> FibFlag.values().length > 1) {
      in.markStrange();
    }
    return new Fib(
        in.constant(NFTA_FIB_RESULT, FibResult.values()),
        flags,
        (bits & NFTA_FIB_F_PRESENT) != 0,
        new Register(in.s32(NFTA_FIB_DREG)));
  }
}
