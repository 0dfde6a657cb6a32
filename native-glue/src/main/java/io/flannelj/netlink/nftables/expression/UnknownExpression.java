package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;

/**
 * An expression without a type of ours, kept as its bytes: those of iptables-nft's extensions
 * ({@code match}, {@code target}), and known ones with an attribute or a number that we do not
 * know.
 *
 * @param name the kernel's name
 * @param data the attributes as they came
 */
public record UnknownExpression(String name, Bytes data) implements Expression {
  @Override
  public void encodeData(AttributeWriter out) {
    out.raw(data.toArray());
  }
}
