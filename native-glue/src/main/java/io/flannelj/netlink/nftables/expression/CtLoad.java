package io.flannelj.netlink.nftables.expression;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import java.util.Optional;

/**
 * Reads a property of the packet's connection into a register (nft_ct).
 *
 * @param key what is read
 * @param target where it goes
 * @param direction of the tuple that is read, for keys that have one per direction
 */
public record CtLoad(CtKey key, Register target, Optional<CtDirection> direction)
    implements Expression {
  static final int NFTA_CT_DREG = 1;
  static final int NFTA_CT_KEY = 2;
  static final int NFTA_CT_DIRECTION = 3;
  static final int NFTA_CT_SREG = 4;

  /** A property of the connection as a whole. */
  public CtLoad(CtKey key, Register target) {
    this(key, target, Optional.empty());
  }

  @Override
  public String name() {
    return "ct";
  }

  @Override
  public void encodeData(AttributeWriter out) {
    out.putU32BigEndian(NFTA_CT_KEY, key.number());
    out.putU32BigEndian(NFTA_CT_DREG, target.number());
    direction.ifPresent(way -> out.putU8(NFTA_CT_DIRECTION, way.number()));
  }

  static CtLoad decode(AttributeIndex in) {
    CtKey key = in.constant(NFTA_CT_KEY, CtKey.values());
    Register target = new Register(in.s32(NFTA_CT_DREG));
    if (!in.has(NFTA_CT_DIRECTION)) {
      return new CtLoad(key, target, Optional.empty());
    }
    int way = in.u8(NFTA_CT_DIRECTION);
    if (way > 1) {
      in.markStrange();
    }
    return new CtLoad(
        key, target, Optional.of(way == 0 ? CtDirection.ORIGINAL : CtDirection.REPLY));
  }
}
