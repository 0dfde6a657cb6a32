package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Puts an incrementing or random number below a modulus into a register (nft_numgen).
 *
 * @param random random, or else incrementing
 * @param modulus one more than the highest number
 * @param offset added to the number
 * @param target where it goes, in host order
 */
public record NumberGenerator(boolean random, long modulus, long offset, Register target)
    implements Expression {
  private static final int NFTA_NG_DREG = 1;
  private static final int NFTA_NG_MODULUS = 2;
  private static final int NFTA_NG_TYPE = 3;
  private static final int NFTA_NG_OFFSET = 4;

  @Override
  public String name() {
    return "numgen";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_NG_DREG, target.number());
    out.putU32BigEndian(NFTA_NG_MODULUS, modulus);
    out.putU32BigEndian(NFTA_NG_TYPE, random ? 1 : 0);
    out.putU32BigEndian(NFTA_NG_OFFSET, offset);
  }

  static NumberGenerator decode(AttributeIndex in) {
    return new NumberGenerator(
        in.s32(NFTA_NG_TYPE) != 0,
        in.u32(NFTA_NG_MODULUS),
        in.s32OrZero(NFTA_NG_OFFSET) & 0xffffffffL,
        new Register(in.s32(NFTA_NG_DREG)));
  }
}
