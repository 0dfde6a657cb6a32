package io.flannelj.netlink.route.route;

/** Routes (include/uapi/linux/rtnetlink.h). */
public final class RouteConstants {
  // RTA: attributes of a route
  public static final int RTA_DST = 1;
  public static final int RTA_SRC = 2;
  public static final int RTA_IIF = 3;
  public static final int RTA_OIF = 4;
  public static final int RTA_GATEWAY = 5;
  public static final int RTA_PRIORITY = 6;
  public static final int RTA_PREFSRC = 7;
  public static final int RTA_METRICS = 8;
  public static final int RTA_MULTIPATH = 9;
  public static final int RTA_FLOW = 11;
  public static final int RTA_CACHEINFO = 12;
  public static final int RTA_TABLE = 15;
  public static final int RTA_MARK = 16;
  public static final int RTA_VIA = 18;
  public static final int RTA_PREF = 20;
  public static final int RTA_NH_ID = 30;

  // RTAX: inside RTA_METRICS
  public static final int RTAX_LOCK = 1;
  public static final int RTAX_MTU = 2;
  public static final int RTAX_ADVMSS = 8;
  public static final int RTAX_HOPLIMIT = 10;
  public static final int RTAX_CC_ALGO = 16;

  // RTN: route types
  public static final int RTN_UNSPEC = 0;
  public static final int RTN_UNICAST = 1;
  public static final int RTN_LOCAL = 2;
  public static final int RTN_BROADCAST = 3;
  public static final int RTN_ANYCAST = 4;
  public static final int RTN_MULTICAST = 5;
  public static final int RTN_BLACKHOLE = 6;
  public static final int RTN_UNREACHABLE = 7;
  public static final int RTN_PROHIBIT = 8;
  public static final int RTN_THROW = 9;

  // RTPROT: who installed it
  public static final int RTPROT_UNSPEC = 0;
  public static final int RTPROT_REDIRECT = 1;
  public static final int RTPROT_KERNEL = 2;
  public static final int RTPROT_BOOT = 3;
  public static final int RTPROT_STATIC = 4;
  public static final int RTPROT_RA = 9;
  public static final int RTPROT_DHCP = 16;

  // RT_SCOPE: distance to the destination
  public static final int RT_SCOPE_UNIVERSE = 0;
  public static final int RT_SCOPE_LINK = 253;
  public static final int RT_SCOPE_HOST = 254;
  public static final int RT_SCOPE_NOWHERE = 255;

  // RT_TABLE: tables; COMPAT in the header stands for one above 255
  public static final int RT_TABLE_UNSPEC = 0;
  public static final int RT_TABLE_COMPAT = 252;
  public static final int RT_TABLE_MAIN = 254;
  public static final int RT_TABLE_LOCAL = 255;

  // RTM_F: flags of the header
  public static final int RTM_F_CLONED = 0x200;
  public static final int RTM_F_LOOKUP_TABLE = 0x1000;
  public static final int RTM_F_FIB_MATCH = 0x2000;

  // RTNH_F: flags of a next hop, kept in the header of a route with one
  public static final int RTNH_F_DEAD = 0x1;
  public static final int RTNH_F_PERVASIVE = 0x2;
  public static final int RTNH_F_ONLINK = 0x4;
  public static final int RTNH_F_OFFLOAD = 0x8;
  public static final int RTNH_F_LINKDOWN = 0x10;
  public static final int RTNH_F_UNRESOLVED = 0x20;
  public static final int RTNH_F_TRAP = 0x40;

  private RouteConstants() {}
}
