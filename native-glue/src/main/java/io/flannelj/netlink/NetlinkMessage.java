package io.flannelj.netlink;

import java.nio.ByteBuffer;

/**
 * One message from the kernel.
 *
 * @param type message type, such as RTM_NEWLINK
 * @param flags NLM_F_*
 * @param sequence of the request that it answers, 0 in most notifications
 * @param port the requester's port; in nf_tables notifications that of who made the change
 * @param body family header and attributes, native order, position 0
 */
public record NetlinkMessage(int type, int flags, int sequence, int port, ByteBuffer body) {
  /** Control: no meaning. */
  public static final int NLMSG_NOOP = 1;

  /** Control: error or acknowledgement. */
  public static final int NLMSG_ERROR = 2;

  /** Control: end of a dump. */
  public static final int NLMSG_DONE = 3;

  /** The dump saw a table change under it and may miss entries. */
  public static final int NLM_F_DUMP_INTR = 0x10;

  /** In acknowledgements: the original request is not repeated in full. */
  public static final int NLM_F_CAPPED = 0x100;

  /** In acknowledgements: attributes follow. */
  public static final int NLM_F_ACK_TLVS = 0x200;

  boolean dumpInterrupted() {
    return (flags & NLM_F_DUMP_INTR) != 0;
  }
}
