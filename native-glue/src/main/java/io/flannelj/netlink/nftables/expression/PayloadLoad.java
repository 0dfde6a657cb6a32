package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Reads bytes of the packet into a register (nft_payload).
 *
 * @param base where the offset counts from
 * @param offset in bytes
 * @param length in bytes
 * @param target where they go
 */
public record PayloadLoad(PayloadBase base, int offset, int length, Register target)
    implements Expression {
  static final int NFTA_PAYLOAD_DREG = 1;
  static final int NFTA_PAYLOAD_BASE = 2;
  static final int NFTA_PAYLOAD_OFFSET = 3;
  static final int NFTA_PAYLOAD_LEN = 4;

  @Override
  public String name() {
    return "payload";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_PAYLOAD_DREG, target.number());
    out.putU32BigEndian(NFTA_PAYLOAD_BASE, base.number());
    out.putU32BigEndian(NFTA_PAYLOAD_OFFSET, offset);
    out.putU32BigEndian(NFTA_PAYLOAD_LEN, length);
  }

  static PayloadLoad decode(AttributeIndex in) {
    return new PayloadLoad(
        in.constant(NFTA_PAYLOAD_BASE, PayloadBase.values()),
        in.s32(NFTA_PAYLOAD_OFFSET),
        in.s32(NFTA_PAYLOAD_LEN),
        new Register(in.s32(NFTA_PAYLOAD_DREG)));
  }
}
