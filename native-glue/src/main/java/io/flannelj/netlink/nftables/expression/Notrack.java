package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeWriter;

/** Exempts the packet from connection tracking (nft_ct, notrack). */
public record Notrack() implements Expression {
  @Override
  public String name() {
    return "notrack";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    // It has no attributes.
  }
}
