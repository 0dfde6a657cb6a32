package io.flannelj.netlink.nftables;

/**
 * nft's data types (include/datatype.h of nftables). The kernel stores a set's type numbers unread;
 * nft needs them to print.
 */
public enum DataType {
  NF_PROTO(2, "nf_proto", 1, true),
  INTEGER(4, "integer", 4, false),
  IPV4_ADDR(7, "ipv4_addr", 4, true),
  IPV6_ADDR(8, "ipv6_addr", 16, true),
  ETHER_ADDR(9, "ether_addr", 6, true),
  ETHER_TYPE(10, "ether_type", 2, true),
  INET_PROTO(12, "inet_proto", 1, true),
  INET_SERVICE(13, "inet_service", 2, true),
  ICMP_TYPE(14, "icmp_type", 1, true),
  TCP_FLAG(15, "tcp_flag", 1, true),
  MARK(19, "mark", 4, false),
  IFACE_INDEX(20, "iface_index", 4, false),
  CT_STATE(26, "ct_state", 4, false),
  CT_STATUS(28, "ct_status", 4, false),
  ICMPV6_TYPE(29, "icmpv6_type", 1, true),
  PKT_TYPE(31, "pkt_type", 1, false),
  FIB_ADDRTYPE(38, "fib_addrtype", 4, false),
  IFNAME(41, "ifname", 16, false);

  private final int number;
  private final String word;
  private final int length;
  private final boolean networkOrder;

  DataType(int number, String word, int length, boolean networkOrder) {
    this.number = number;
    this.word = word;
    this.length = length;
    this.networkOrder = networkOrder;
  }

  /** nft's number, below 64. */
  public int number() {
    return number;
  }

  /** Length of a value in bytes. */
  public int length() {
    return length;
  }

  /** Whether numbers are in network order. */
  public boolean isNetworkOrder() {
    return networkOrder;
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
