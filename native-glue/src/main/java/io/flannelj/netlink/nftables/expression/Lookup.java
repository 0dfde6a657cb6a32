package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;

/**
 * Looks a register up in a set, and ends the rule if it is not there; of a map it fetches the value
 * (nft_lookup).
 *
 * @param set name of the set or map in the same table
 * @param source holds the key
 * @param target where a map's value goes; {@link Register#VERDICT} for verdict maps
 * @param inverted whether the rule goes on if the key is missing
 */
public record Lookup(String set, Register source, Optional<Register> target, boolean inverted)
    implements Expression {
  private static final int NFTA_LOOKUP_SET = 1;
  private static final int NFTA_LOOKUP_SREG = 2;
  private static final int NFTA_LOOKUP_DREG = 3;
  // The number of a set made in the same batch; names do as well.
  private static final int NFTA_LOOKUP_SET_ID = 4;
  private static final int NFTA_LOOKUP_FLAGS = 5;
  private static final int NFT_LOOKUP_F_INV = 1;

  @Override
  public String name() {
    return "lookup";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_LOOKUP_SREG, source.number());
    target.ifPresent(register -> out.putU32BigEndian(NFTA_LOOKUP_DREG, register.number()));
    out.putString(NFTA_LOOKUP_SET, set);
    if (inverted) {
      out.putU32BigEndian(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
    }
  }

  static Lookup decode(AttributeIndex in) {
    int flags = in.s32OrZero(NFTA_LOOKUP_FLAGS);
    if ((flags & ~NFT_LOOKUP_F_INV) != 0) {
      in.markStrange();
    }
    in.ignore(NFTA_LOOKUP_SET_ID);
    return new Lookup(
        in.string(NFTA_LOOKUP_SET),
        new Register(in.s32(NFTA_LOOKUP_SREG)),
        in.has(NFTA_LOOKUP_DREG)
            ? Optional.of(new Register(in.s32(NFTA_LOOKUP_DREG)))
            : Optional.empty(),
        (flags & NFT_LOOKUP_F_INV) != 0);
  }
}
