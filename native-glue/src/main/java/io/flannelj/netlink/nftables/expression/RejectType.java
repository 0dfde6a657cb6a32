package io.flannelj.netlink.nftables.expression;

/** How reject answers, in the kernel's order (enum nft_reject_types). */
public enum RejectType {
  /** An ICMP or ICMPv6 error with the code of the rule's family. */
  ICMP_UNREACH,
  /** A TCP reset. */
  TCP_RST,
  /** An ICMP error with a code that fits both families. */
  ICMPX_UNREACH;

  /** The kernel's number: the constants are in its order. */
  @SuppressWarnings("EnumOrdinal")
  int number() {
    return ordinal();
  }
}
