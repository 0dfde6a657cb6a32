package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Reads a property of the packet into a register (nft_meta).
 *
 * @param key what is read
 * @param target where it goes
 */
public record MetaLoad(MetaKey key, Register target) implements Expression {
  static final int NFTA_META_DREG = 1;
  static final int NFTA_META_KEY = 2;
  static final int NFTA_META_SREG = 3;

  @Override
  public String name() {
    return "meta";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_META_KEY, key.number());
    out.putU32BigEndian(NFTA_META_DREG, target.number());
  }

  static MetaLoad decode(AttributeIndex in) {
    return new MetaLoad(
        in.constant(NFTA_META_KEY, MetaKey.values()), new Register(in.s32(NFTA_META_DREG)));
  }
}
