package io.flannelj.netlink.route.neighbour;

import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;

/**
 * {@code struct ndmsg}:
 *
 * <pre>
 *   u8 family   u8 padding   u16 padding   s32 index   u16 state   u8 flags   u8 type
 * </pre>
 *
 * @param family AF_INET or AF_INET6 for neighbours, AF_BRIDGE for forwarding entries
 * @param index interface index
 * @param state NUD_*
 * @param flags NTF_*
 * @param type RTN_* of a neighbour's address, 0 in requests
 */
public record NeighbourHeader(int family, int index, int state, int flags, int type) {
  /** Size in bytes. */
  public static final int LENGTH = 12;

  static NeighbourHeader read(ByteBuffer body) {
    return new NeighbourHeader(
        body.get(0) & 0xff,
        body.getInt(4),
        body.getShort(8) & 0xffff,
        body.get(10) & 0xff,
        body.get(11) & 0xff);
  }

  void writeTo(AttributeWriter out) {
    out.rawByte(family)
        .rawByte(0)
        .rawShort(0)
        .rawInt(index)
        .rawShort(state)
        .rawByte(flags)
        .rawByte(type);
  }
}
