package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;

/**
 * {@code struct nfgenmsg}: u8 family, u8 version (0), u16 resource in network order. In answers and
 * notifications the resource holds the low 16 bits of the ruleset's generation.
 *
 * @param family NFPROTO_*, 0 for all
 * @param resource subsystem in batch messages
 */
public record NfGenHeader(int family, int resource) {
  private static final int LENGTH = 4;

  /** Writes the header. */
  public static void encode(AttributeWriter out, int family, int resource) {
    out.rawByte(family).rawByte(0).rawShortBigEndian(resource);
  }

  /** Reads the header; the body's position does not move. */
  public static NfGenHeader decode(ByteBuffer body) {
    check(body);
    int start = body.position();
    return new NfGenHeader(
        body.get(start) & 0xff, (body.get(start + 2) & 0xff) << 8 | (body.get(start + 3) & 0xff));
  }

  /** What follows the header. */
  public static ByteBuffer attributes(ByteBuffer body) {
    check(body);
    return body.slice(body.position() + LENGTH, body.remaining() - LENGTH);
  }

  private static void check(ByteBuffer body) {
    if (body.remaining() < LENGTH) {
      throw new DecodeException("nfgenmsg of " + body.remaining() + " bytes");
    }
  }
}
