package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Ends the rule while packets come faster than a rate (nft_limit).
 *
 * @param rate packets or bytes per unit of time
 * @param unit of time in seconds
 * @param burst packets or bytes above the rate
 * @param inBytes whether bytes are counted
 * @param over whether the rule goes on only above the rate
 */
public record Limit(long rate, long unit, long burst, boolean inBytes, boolean over)
    implements Expression {
  private static final int NFTA_LIMIT_RATE = 1;
  private static final int NFTA_LIMIT_UNIT = 2;
  private static final int NFTA_LIMIT_BURST = 3;
  private static final int NFTA_LIMIT_TYPE = 4;
  private static final int NFTA_LIMIT_FLAGS = 5;
  private static final int NFTA_LIMIT_PAD = 6;
  private static final int NFT_LIMIT_F_INV = 1;

  @Override
  public String name() {
    return "limit";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU64BigEndian(NFTA_LIMIT_RATE, rate);
    out.putU64BigEndian(NFTA_LIMIT_UNIT, unit);
    out.putU32BigEndian(NFTA_LIMIT_TYPE, inBytes ? 1 : 0);
    if (burst > 0) {
      out.putU32BigEndian(NFTA_LIMIT_BURST, burst);
    }
    if (over) {
      out.putU32BigEndian(NFTA_LIMIT_FLAGS, NFT_LIMIT_F_INV);
    }
  }

  static Limit decode(AttributeIndex in) {
    in.ignore(NFTA_LIMIT_PAD);
    int type = in.s32OrZero(NFTA_LIMIT_TYPE);
    int flags = in.s32OrZero(NFTA_LIMIT_FLAGS);
    if ((type & ~1) != 0 || (flags & ~NFT_LIMIT_F_INV) != 0) {
      in.markStrange();
    }
    return new Limit(
        in.u64(NFTA_LIMIT_RATE),
        in.u64(NFTA_LIMIT_UNIT),
        in.s32OrZero(NFTA_LIMIT_BURST) & 0xffffffffL,
        type == 1,
        (flags & NFT_LIMIT_F_INV) != 0);
  }
}
