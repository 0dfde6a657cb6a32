package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;

/**
 * Ends the rule with a verdict (nft_immediate into the verdict register).
 *
 * @param verdict the verdict
 */
public record ImmediateVerdict(NftData.Verdict verdict) implements Expression {
  @Override
  public String name() {
    return "immediate";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(ImmediateData.NFTA_IMMEDIATE_DREG, Register.VERDICT.number());
    verdict.encode(out, ImmediateData.NFTA_IMMEDIATE_DATA);
  }

  static Expression decode(AttributeIndex in) {
    if (in.s32(ImmediateData.NFTA_IMMEDIATE_DREG) != Register.VERDICT.number()) {
      return ImmediateData.decode(in);
    }
    if (NftData.decode(in, ImmediateData.NFTA_IMMEDIATE_DATA) instanceof NftData.Verdict verdict) {
      return new ImmediateVerdict(verdict);
    }
    throw new DecodeException("a value for the verdict register");
  }
}
