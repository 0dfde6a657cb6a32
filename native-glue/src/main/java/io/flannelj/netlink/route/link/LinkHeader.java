package io.flannelj.netlink.route.link;

import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;

/**
 * {@code struct ifinfomsg}:
 *
 * <pre>
 *   u8 family   u8 padding   u16 type   s32 index   u32 flags   u32 change
 * </pre>
 *
 * @param family AF_UNSPEC, or AF_BRIDGE for bridge ports and their VLANs
 * @param type ARPHRD_*
 * @param index interface index; 0 in a request: by name
 * @param flags IFF_*
 * @param change in requests the bits of {@code flags} that count
 */
public record LinkHeader(int family, int type, int index, int flags, int change) {
  /** Size in bytes. */
  public static final int LENGTH = 16;

  static LinkHeader read(ByteBuffer body) {
    return new LinkHeader(
        body.get(0) & 0xff,
        body.getShort(2) & 0xffff,
        body.getInt(4),
        body.getInt(8),
        body.getInt(12));
  }

  void writeTo(AttributeWriter out) {
    out.rawByte(family).rawByte(0).rawShort(type).rawInt(index).rawInt(flags).rawInt(change);
  }
}
