package io.flannelj.netlink.route.address;

/** Addresses (include/uapi/linux/if_addr.h). */
public final class AddressConstants {
  // IFA: attributes of an address
  public static final int IFA_ADDRESS = 1;
  public static final int IFA_LOCAL = 2;
  public static final int IFA_LABEL = 3;
  public static final int IFA_BROADCAST = 4;
  public static final int IFA_CACHEINFO = 6;
  public static final int IFA_FLAGS = 0x8;
  public static final int IFA_RT_PRIORITY = 9;
  public static final int IFA_PROTO = 11;

  // IFA_F: flags
  public static final int IFA_F_SECONDARY = 0x1;
  public static final int IFA_F_NODAD = 0x2;
  public static final int IFA_F_OPTIMISTIC = 0x4;
  public static final int IFA_F_DADFAILED = 0x8;
  public static final int IFA_F_DEPRECATED = 0x20;
  public static final int IFA_F_TENTATIVE = 0x40;
  public static final int IFA_F_PERMANENT = 0x80;
  public static final int IFA_F_NOPREFIXROUTE = 0x200;

  private AddressConstants() {}
}
