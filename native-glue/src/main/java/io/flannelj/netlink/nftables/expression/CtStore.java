package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Sets a property of the packet's connection from a register (nft_ct): mark, label.
 *
 * @param key what is set
 * @param source holds the value
 */
public record CtStore(CtKey key, Register source) implements Expression {
  @Override
  public String name() {
    return "ct";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(CtLoad.NFTA_CT_KEY, key.number());
    out.putU32BigEndian(CtLoad.NFTA_CT_SREG, source.number());
  }

  static CtStore decode(AttributeIndex in) {
    return new CtStore(
        in.constant(CtLoad.NFTA_CT_KEY, CtKey.values()), new Register(in.s32(CtLoad.NFTA_CT_SREG)));
  }
}
