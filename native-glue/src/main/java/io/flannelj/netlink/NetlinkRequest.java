package io.flannelj.netlink;

import io.flannelj.netlink.codec.AttributeWriter;

/**
 * One message to the kernel.
 *
 * @param operation what it does, in the words of {@code ip}, {@code bridge} or {@code nft}: it
 *     begins every error text
 * @param type message type, such as RTM_NEWLINK
 * @param flags NLM_F_* beyond NLM_F_REQUEST, NLM_F_ACK and NLM_F_DUMP, which the transport sets
 * @param body writes the family header and the attributes
 */
public record NetlinkRequest(String operation, int type, int flags, AttributeWriter.Body body) {
  /** A request. Set by the transport on every message. */
  public static final int NLM_F_REQUEST = 0x1;

  /** Ask for an acknowledgement. */
  public static final int NLM_F_ACK = 0x4;

  /** Send the resulting notification to the requester too. */
  public static final int NLM_F_ECHO = 0x8;

  /** NEW: replace an existing object. */
  public static final int NLM_F_REPLACE = 0x100;

  /** NEW: fail with EEXIST if there is one. */
  public static final int NLM_F_EXCL = 0x200;

  /** NEW: create if there is none. */
  public static final int NLM_F_CREATE = 0x400;

  /** NEW: add at the end of the list. */
  public static final int NLM_F_APPEND = 0x800;

  /** GET: all of them (NLM_F_ROOT and NLM_F_MATCH). */
  public static final int NLM_F_DUMP = 0x300;
}
