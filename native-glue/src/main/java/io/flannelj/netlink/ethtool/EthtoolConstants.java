package io.flannelj.netlink.ethtool;

/**
 * Generic netlink (include/uapi/linux/genetlink.h) and the features messages of
 * include/uapi/linux/ethtool_netlink.h.
 */
final class EthtoolConstants {
  // genetlink.h: the family that tells the numbers of the others
  static final int GENL_ID_CTRL = 0x10;
  static final int CTRL_CMD_GETFAMILY = 3;
  static final int CTRL_ATTR_FAMILY_ID = 1;
  static final int CTRL_ATTR_FAMILY_NAME = 2;

  // Commands
  static final int ETHTOOL_MSG_FEATURES_GET = 11;
  static final int ETHTOOL_MSG_FEATURES_SET = 12;

  // Attributes of a features message
  static final int ETHTOOL_A_FEATURES_HEADER = 1;
  static final int ETHTOOL_A_FEATURES_WANTED = 3;
  static final int ETHTOOL_A_FEATURES_ACTIVE = 4;

  // Inside the header
  static final int ETHTOOL_A_HEADER_DEV_INDEX = 1;
  static final int ETHTOOL_A_HEADER_FLAGS = 3;
  static final int ETHTOOL_FLAG_OMIT_REPLY = 2;

  // Inside a bit set, its list of bits, and a bit
  static final int ETHTOOL_A_BITSET_BITS = 3;
  static final int ETHTOOL_A_BITSET_BITS_BIT = 1;
  static final int ETHTOOL_A_BITSET_BIT_NAME = 2;
  static final int ETHTOOL_A_BITSET_BIT_VALUE = 3;

  private EthtoolConstants() {}
}
