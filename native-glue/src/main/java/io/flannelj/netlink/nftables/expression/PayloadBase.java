package io.flannelj.netlink.nftables.expression;

/** Where a payload offset counts from (enum nft_payload_bases). */
public enum PayloadBase {
  /** The link header. */
  LINK_LAYER,
  /** The IP or ARP header. */
  NETWORK,
  /** The TCP, UDP, SCTP or ICMP header. */
  TRANSPORT,
  /** What follows the transport header. */
  INNER;

  /** The kernel's number: the constants are in its order. */
  @SuppressWarnings("EnumOrdinal")
  int number() {
    return ordinal();
  }
}
