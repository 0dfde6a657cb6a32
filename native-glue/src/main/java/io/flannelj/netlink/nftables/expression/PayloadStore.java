package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;

/**
 * Overwrites bytes of the packet from a register (nft_payload) and mends checksums.
 *
 * @param base where the offset counts from
 * @param offset in bytes
 * @param length in bytes
 * @param source holds the bytes
 * @param checksumType 0 none, 1 internet checksum, 2 SCTP
 * @param checksumOffset of the checksum from the base, in bytes
 * @param checksumFlags 1: the transport checksum covers the network header
 */
public record PayloadStore(
    PayloadBase base,
    int offset,
    int length,
    Register source,
    int checksumType,
    int checksumOffset,
    int checksumFlags)
    implements Expression {
  static final int NFTA_PAYLOAD_SREG = 5;
  static final int NFTA_PAYLOAD_CSUM_TYPE = 6;
  static final int NFTA_PAYLOAD_CSUM_OFFSET = 7;
  static final int NFTA_PAYLOAD_CSUM_FLAGS = 8;

  @Override
  public String name() {
    return "payload";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_PAYLOAD_SREG, source.number());
    out.putU32BigEndian(PayloadLoad.NFTA_PAYLOAD_BASE, base.number());
    out.putU32BigEndian(PayloadLoad.NFTA_PAYLOAD_OFFSET, offset);
    out.putU32BigEndian(PayloadLoad.NFTA_PAYLOAD_LEN, length);
    out.putU32BigEndian(NFTA_PAYLOAD_CSUM_TYPE, checksumType);
    out.putU32BigEndian(NFTA_PAYLOAD_CSUM_OFFSET, checksumOffset);
    if (checksumFlags != 0) {
      out.putU32BigEndian(NFTA_PAYLOAD_CSUM_FLAGS, checksumFlags);
    }
  }

  static PayloadStore decode(AttributeIndex in) {
    return new PayloadStore(
        in.constant(PayloadLoad.NFTA_PAYLOAD_BASE, PayloadBase.values()),
        in.s32(PayloadLoad.NFTA_PAYLOAD_OFFSET),
        in.s32(PayloadLoad.NFTA_PAYLOAD_LEN),
        new Register(in.s32(NFTA_PAYLOAD_SREG)),
        in.s32OrZero(NFTA_PAYLOAD_CSUM_TYPE),
        in.s32OrZero(NFTA_PAYLOAD_CSUM_OFFSET),
        in.s32OrZero(NFTA_PAYLOAD_CSUM_FLAGS));
  }
}
