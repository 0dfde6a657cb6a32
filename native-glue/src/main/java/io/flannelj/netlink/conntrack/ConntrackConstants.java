package io.flannelj.netlink.conntrack;

/** Numbers of include/uapi/linux/netfilter/nfnetlink_conntrack.h, under the kernel's names. */
final class ConntrackConstants {
  /** NFNL_SUBSYS_CTNETLINK in the upper byte of the message type. */
  private static final int BASE = 1 << 8;

  static final int IPCTNL_MSG_CT_NEW = BASE;
  static final int IPCTNL_MSG_CT_GET = BASE | 1;
  static final int IPCTNL_MSG_CT_DELETE = BASE | 2;

  static final int CTA_TUPLE_ORIG = 1;
  static final int CTA_TUPLE_REPLY = 2;
  static final int CTA_STATUS = 3;
  static final int CTA_ID = 12;
  static final int CTA_ZONE = 18;
  static final int CTA_FILTER = 25;

  static final int CTA_TUPLE_IP = 1;
  static final int CTA_TUPLE_PROTO = 2;

  static final int CTA_IP_V4_SRC = 1;
  static final int CTA_IP_V4_DST = 2;
  static final int CTA_IP_V6_SRC = 3;
  static final int CTA_IP_V6_DST = 4;

  static final int CTA_PROTO_NUM = 1;
  static final int CTA_PROTO_SRC_PORT = 2;
  static final int CTA_PROTO_DST_PORT = 3;

  static final int CTA_FILTER_ORIG_FLAGS = 1;
  static final int CTA_FILTER_REPLY_FLAGS = 2;

  /** Bits of CTA_FILTER_ORIG_FLAGS, in the kernel's source only (nf_internals.h). */
  static final int CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;

  static final int CTA_FILTER_F_CTA_PROTO_DST_PORT = 1 << 5;

  private ConntrackConstants() {}
}
