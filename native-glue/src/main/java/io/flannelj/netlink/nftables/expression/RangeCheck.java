package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;

/**
 * Ends the rule unless a register is within, or outside, a range (nft_range).
 *
 * @param inverted whether it must be outside
 * @param source holds the value
 * @param from first of the range
 * @param to last of the range
 */
public record RangeCheck(boolean inverted, Register source, Bytes from, Bytes to)
    implements Expression {
  private static final int NFTA_RANGE_SREG = 1;
  private static final int NFTA_RANGE_OP = 2;
  private static final int NFTA_RANGE_FROM_DATA = 3;
  private static final int NFTA_RANGE_TO_DATA = 4;

  @Override
  public String name() {
    return "range";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_RANGE_SREG, source.number());
    out.putU32BigEndian(NFTA_RANGE_OP, inverted ? 1 : 0);
    NftData.encodeValue(out, NFTA_RANGE_FROM_DATA, from);
    NftData.encodeValue(out, NFTA_RANGE_TO_DATA, to);
  }

  static RangeCheck decode(AttributeIndex in) {
    return new RangeCheck(
        in.s32(NFTA_RANGE_OP) != 0,
        new Register(in.s32(NFTA_RANGE_SREG)),
        NftData.decodeValue(in, NFTA_RANGE_FROM_DATA),
        NftData.decodeValue(in, NFTA_RANGE_TO_DATA));
  }
}
