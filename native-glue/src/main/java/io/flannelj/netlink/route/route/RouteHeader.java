package io.flannelj.netlink.route.route;

import io.flannelj.netlink.codec.AttributeWriter;
import java.nio.ByteBuffer;

/**
 * {@code struct rtmsg}:
 *
 * <pre>
 *   u8 family   u8 destination length   u8 source length   u8 tos
 *   u8 table    u8 protocol             u8 scope           u8 type    u32 flags
 * </pre>
 *
 * @param family AF_INET or AF_INET6
 * @param destinationLength prefix length in bits
 * @param sourceLength prefix length in bits, IPv6 only
 * @param tos type of service that the route is for
 * @param table RT_TABLE_*; {@link RouteAttribute.Table} has room for all
 * @param protocol RTPROT_*: who installed it
 * @param scope RT_SCOPE_*; IPv6 knows UNIVERSE only
 * @param type RTN_*
 * @param flags RTM_F_*, and RTNH_F_* of the only next hop
 */
public record RouteHeader(
    int family,
    int destinationLength,
    int sourceLength,
    int tos,
    int table,
    int protocol,
    int scope,
    int type,
    int flags) {
  /** Size in bytes. */
  public static final int LENGTH = 12;

  static RouteHeader read(ByteBuffer body) {
    return new RouteHeader(
        body.get(0) & 0xff,
        body.get(1) & 0xff,
        body.get(2) & 0xff,
        body.get(3) & 0xff,
        body.get(4) & 0xff,
        body.get(5) & 0xff,
        body.get(6) & 0xff,
        body.get(7) & 0xff,
        body.getInt(8));
  }

  void writeTo(AttributeWriter out) {
    out.rawByte(family).rawByte(destinationLength).rawByte(sourceLength).rawByte(tos);
    out.rawByte(table).rawByte(protocol).rawByte(scope).rawByte(type).rawInt(flags);
  }
}
