package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Sets a property of the packet from a register (nft_meta): mark, nftrace, priority.
 *
 * @param key what is set
 * @param source holds the value
 */
public record MetaStore(MetaKey key, Register source) implements Expression {
  @Override
  public String name() {
    return "meta";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(MetaLoad.NFTA_META_KEY, key.number());
    out.putU32BigEndian(MetaLoad.NFTA_META_SREG, source.number());
  }

  static MetaStore decode(AttributeIndex in) {
    return new MetaStore(
        in.constant(MetaLoad.NFTA_META_KEY, MetaKey.values()),
        new Register(in.s32(MetaLoad.NFTA_META_SREG)));
  }
}
