package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;

/**
 * Compares a register with bytes and ends the rule if that fails (nft_cmp).
 *
 * @param op the comparison; order is that of byte strings
 * @param source holds the left side
 * @param data the right side; only as many bytes are compared
 */
public record Compare(CompareOp op, Register source, Bytes data) implements Expression {
  private static final int NFTA_CMP_SREG = 1;
  private static final int NFTA_CMP_OP = 2;
  private static final int NFTA_CMP_DATA = 3;

  @Override
  public String name() {
    return "cmp";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_CMP_SREG, source.number());
    out.putU32BigEndian(NFTA_CMP_OP, op.number());
    NftData.encodeValue(out, NFTA_CMP_DATA, data);
  }

  static Compare decode(AttributeIndex in) {
    return new Compare(
        in.constant(NFTA_CMP_OP, CompareOp.values()),
        new Register(in.s32(NFTA_CMP_SREG)),
        NftData.decodeValue(in, NFTA_CMP_DATA));
  }
}
