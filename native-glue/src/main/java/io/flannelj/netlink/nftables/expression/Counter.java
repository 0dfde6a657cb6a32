package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Counts packets (nft_counter).
 *
 * @param packets so far
 * @param bytes so far
 */
public record Counter(long packets, long bytes) implements Expression {
  private static final int NFTA_COUNTER_BYTES = 1;
  private static final int NFTA_COUNTER_PACKETS = 2;
  private static final int NFTA_COUNTER_PAD = 3;

  /** Begins at zero. */
  public Counter() {
    this(0, 0);
  }

  @Override
  public Counter withoutState() {
    return packets == 0 && bytes == 0 ? this : new Counter();
  }

  @Override
  public String name() {
    return "counter";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU64BigEndian(NFTA_COUNTER_BYTES, bytes);
    out.putU64BigEndian(NFTA_COUNTER_PACKETS, packets);
  }

  static Counter decode(AttributeIndex in) {
    in.ignore(NFTA_COUNTER_PAD);
    return new Counter(in.u64OrZero(NFTA_COUNTER_PACKETS), in.u64OrZero(NFTA_COUNTER_BYTES));
  }
}
