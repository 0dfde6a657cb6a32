package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.expression.Operand;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * libnftnl's user data (include/libnftnl/udata.h): a run of u8 type, u8 length, value. The kernel
 * keeps it unread, at most 256 bytes per object; nft finds comments and print hints in it.
 */
final class Userdata {
  /** Type of the comment of a table, chain, rule or element. */
  static final int COMMENT = 0;

  /** Types within a set's user data. */
  static final int SET_KEY_BYTE_ORDER = 0;

  static final int SET_DATA_BYTE_ORDER = 1;
  static final int SET_COMMENT = 7;

  /** Longest comment in bytes that nft accepts (NFTNL_UDATA_COMMENT_MAXLEN with its NUL). */
  static final int MAX_COMMENT = 127;

  /** Type within an element's user data: u32 flags in host order. */
  static final int ELEMENT_FLAGS = 1;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

  /** Only a comment, or nothing for an empty one. */
  static Bytes comment(String comment) {
    return comment.isEmpty() ? Bytes.EMPTY : new Userdata().text(COMMENT, comment).toBytes();
  }

  /** Appends a text with its NUL. */
  Userdata text(int type, String text) {
    byte[] octets = text.getBytes(StandardCharsets.UTF_8);
    if (octets.length > MAX_COMMENT) {
      throw new IllegalArgumentException(
          "comment of " + octets.length + " bytes exceeds " + MAX_COMMENT + ": \"" + text + "\"");
    }
    out.write(type);
    out.write(octets.length + 1);
    out.writeBytes(octets);
    out.write(0);
    return this;
  }

  /** Appends a number in host order. */
  Userdata number(int type, int value) {
    out.write(type);
    out.write(4);
    out.writeBytes(Operand.mark(value).toArray());
    return this;
  }

  Bytes toBytes() {
    return Bytes.of(out.toByteArray());
  }

  /** The text of a type, empty where there is none: foreign user data need not be such a run. */
  static String text(Bytes userdata, int type) {
    int at = find(userdata, type);
    if (at < 0) {
      return "";
    }
    byte[] octets = userdata.toArray();
    int end = at;
    while (end < at + userdata.at(at - 1) && octets[end] != 0) {
      end++;
    }
    return new String(octets, at, end - at, StandardCharsets.UTF_8);
  }

  private static int find(Bytes userdata, int type) {
    int at = 0;
    while (at + 2 <= userdata.length()) {
      int length = userdata.at(at + 1);
      if (at + 2 + length > userdata.length()) {
        return -1;
      }
      if (userdata.at(at) == type) {
        return at + 2;
      }
      at += 2 + length;
    }
    return -1;
  }
}
