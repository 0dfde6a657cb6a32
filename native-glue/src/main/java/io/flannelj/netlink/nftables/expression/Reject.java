package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Discards the packet and tells its sender (nft_reject).
 *
 * @param type how it is told
 * @param code ICMP code; 0 with TCP_RST
 */
public record Reject(RejectType type, int code) implements Expression {
  private static final int NFTA_REJECT_TYPE = 1;
  private static final int NFTA_REJECT_ICMP_CODE = 2;

  @Override
  public String name() {
    return "reject";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_REJECT_TYPE, type.number());
    if (type != RejectType.TCP_RST) {
      out.putU8(NFTA_REJECT_ICMP_CODE, code);
    }
  }

  static Reject decode(AttributeIndex in) {
    return new Reject(
        in.constant(NFTA_REJECT_TYPE, RejectType.values()),
        in.has(NFTA_REJECT_ICMP_CODE) ? in.u8(NFTA_REJECT_ICMP_CODE) : 0);
  }
}
