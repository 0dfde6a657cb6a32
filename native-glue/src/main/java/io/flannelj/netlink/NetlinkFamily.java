package io.flannelj.netlink;

/** The netlink protocols we speak (include/uapi/linux/netlink.h). */
public enum NetlinkFamily {
  /** NETLINK_ROUTE: links, addresses, routes, neighbours. */
  ROUTE(0),
  /** NETLINK_NETFILTER: nf_tables. */
  NETFILTER(12),
  /** NETLINK_GENERIC: ethtool, WireGuard. */
  GENERIC(16);

  private final int protocol;

  NetlinkFamily(int protocol) {
    this.protocol = protocol;
  }

  /** The protocol number for socket(2). */
  public int protocol() {
    return protocol;
  }
}
