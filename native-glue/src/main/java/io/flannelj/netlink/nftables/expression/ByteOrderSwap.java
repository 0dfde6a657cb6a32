package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Turns a register between host and network order (nft_byteorder).
 *
 * @param source holds the value
 * @param target where the result goes
 * @param toNetwork whether from host to network order
 * @param length of the whole value in bytes
 * @param size of each number in bytes
 */
public record ByteOrderSwap(
    Register source, Register target, boolean toNetwork, int length, int size)
    implements Expression {
  private static final int NFTA_BYTEORDER_SREG = 1;
  private static final int NFTA_BYTEORDER_DREG = 2;
  private static final int NFTA_BYTEORDER_OP = 3;
  private static final int NFTA_BYTEORDER_LEN = 4;
  private static final int NFTA_BYTEORDER_SIZE = 5;

  @Override
  public String name() {
    return "byteorder";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_BYTEORDER_SREG, source.number());
    out.putU32BigEndian(NFTA_BYTEORDER_DREG, target.number());
    out.putU32BigEndian(NFTA_BYTEORDER_OP, toNetwork ? 1 : 0);
    out.putU32BigEndian(NFTA_BYTEORDER_LEN, length);
    out.putU32BigEndian(NFTA_BYTEORDER_SIZE, size);
  }

  static ByteOrderSwap decode(AttributeIndex in) {
    return new ByteOrderSwap(
        new Register(in.s32(NFTA_BYTEORDER_SREG)),
        new Register(in.s32(NFTA_BYTEORDER_DREG)),
        in.s32(NFTA_BYTEORDER_OP) != 0,
        in.s32(NFTA_BYTEORDER_LEN),
        in.s32(NFTA_BYTEORDER_SIZE));
  }
}
