package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;

/**
 * Puts bytes into a register (nft_immediate).
 *
 * @param target where they go
 * @param data the bytes
 */
public record ImmediateData(Register target, Bytes data) implements Expression {
  static final int NFTA_IMMEDIATE_DREG = 1;
  static final int NFTA_IMMEDIATE_DATA = 2;

  @Override
  public String name() {
    return "immediate";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_IMMEDIATE_DREG, target.number());
    NftData.encodeValue(out, NFTA_IMMEDIATE_DATA, data);
  }

  static ImmediateData decode(AttributeIndex in) {
    return new ImmediateData(
        new Register(in.s32(NFTA_IMMEDIATE_DREG)), NftData.decodeValue(in, NFTA_IMMEDIATE_DATA));
  }
}
