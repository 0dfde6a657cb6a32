package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;

/**
 * Computes {@code target = (source & mask) ^ xor} (nft_bitwise).
 *
 * @param source holds the value
 * @param target where the result goes
 * @param mask as long as the value
 * @param xor as long as the value
 */
public record Bitwise(Register source, Register target, Bytes mask, Bytes xor)
    implements Expression {
  private static final int NFTA_BITWISE_SREG = 1;
  private static final int NFTA_BITWISE_DREG = 2;
  private static final int NFTA_BITWISE_LEN = 3;
  private static final int NFTA_BITWISE_MASK = 4;
  private static final int NFTA_BITWISE_XOR = 5;
  private static final int NFTA_BITWISE_OP = 6;

  @Override
  public String name() {
    return "bitwise";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_BITWISE_SREG, source.number());
    out.putU32BigEndian(NFTA_BITWISE_DREG, target.number());
    out.putU32BigEndian(NFTA_BITWISE_LEN, mask.length());
    NftData.encodeValue(out, NFTA_BITWISE_MASK, mask);
    NftData.encodeValue(out, NFTA_BITWISE_XOR, xor);
  }

  static Bitwise decode(AttributeIndex in) {
    // Kernels from 5.6 name the operation; 0 is mask and xor, others have other attributes.
    if (in.s32OrZero(NFTA_BITWISE_OP) != 0) {
      in.markStrange();
    }
    in.ignore(NFTA_BITWISE_LEN);
    return new Bitwise(
        new Register(in.s32(NFTA_BITWISE_SREG)),
        new Register(in.s32(NFTA_BITWISE_DREG)),
        in.has(NFTA_BITWISE_MASK) ? NftData.decodeValue(in, NFTA_BITWISE_MASK) : Bytes.EMPTY,
        in.has(NFTA_BITWISE_XOR) ? NftData.decodeValue(in, NFTA_BITWISE_XOR) : Bytes.EMPTY);
  }
}
