package io.flannelj.netlink.route.address;

import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;

/**
 * {@code struct ifaddrmsg}:
 *
 * <pre>
 *   u8 family   u8 prefix length   u8 flags   u8 scope   u32 index
 * </pre>
 *
 * @param family AF_INET or AF_INET6
 * @param prefixLength in bits
 * @param flags low eight bits of IFA_F_*; {@link AddressAttribute.Flags} has all
 * @param scope RT_SCOPE_*
 * @param index interface index
 */
public record AddressHeader(int family, int prefixLength, int flags, int scope, int index) {
  /** Size in bytes. */
  public static final int LENGTH = 8;

  static AddressHeader read(ByteBuffer body) {
    return new AddressHeader(
        body.get(0) & 0xff,
        body.get(1) & 0xff,
        body.get(2) & 0xff,
        body.get(3) & 0xff,
        body.getInt(4));
  }

  void writeTo(AttributeWriter out) {
    out.rawByte(family).rawByte(prefixLength).rawByte(flags).rawByte(scope).rawInt(index);
  }
}
