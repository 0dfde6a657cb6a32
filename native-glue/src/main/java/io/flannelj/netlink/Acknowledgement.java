package io.flannelj.netlink;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;

/**
 * The body of NLMSG_ERROR and NLMSG_DONE ({@code struct nlmsgerr}, include/uapi/linux/netlink.h):
 *
 * <pre>
 *   s32 negated errno, 0 for success
 *   the request's header (16 bytes), and unless NLM_F_CAPPED on failure the rest of the request
 *   with NLM_F_ACK_TLVS: attributes, among them NLMSGERR_ATTR_MSG
 * </pre>
 *
 * <p>NLMSG_DONE lacks the request.
 *
 * @param error positive errno, 0 for success
 * @param text the kernel's words, empty if there are none
 */
record Acknowledgement(int error, String text) {
  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int HEADER = 16;
  private static final int ERROR = 4;

  static Acknowledgement decode(NetlinkMessage message) {
    ByteBuffer body = message.body();
    if (body.remaining() < ERROR) {
      if (message.type() == NetlinkMessage.NLMSG_DONE) {
        return new Acknowledgement(0, "");
      }
      throw new DecodeException("nlmsgerr of " + body.remaining() + " bytes");
    }
    int error = -body.getInt(0);
    if ((message.flags() & NetlinkMessage.NLM_F_ACK_TLVS) == 0) {
      return new Acknowledgement(error, "");
    }
    int start = ERROR;
    if (message.type() == NetlinkMessage.NLMSG_ERROR) {
      boolean capped = (message.flags() & NetlinkMessage.NLM_F_CAPPED) != 0;
      if (body.remaining() < ERROR + HEADER) {
        throw new DecodeException("nlmsgerr of " + body.remaining() + " bytes");
      }
      int request = capped ? HEADER : Math.max(HEADER, body.getInt(ERROR));
      start += (request + 3) & ~3;
    }
    return new Acknowledgement(error, start < body.limit() ? text(body, start) : "");
  }

  private static String text(ByteBuffer body, int start) {
    AttributeReader reader = new AttributeReader(body.slice(start, body.limit() - start));
    while (reader.next()) {
      if (reader.type() == NLMSGERR_ATTR_MSG) {
        return reader.string();
      }
    }
    return "";
  }
}
