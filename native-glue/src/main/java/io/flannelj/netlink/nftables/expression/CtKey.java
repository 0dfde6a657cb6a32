package io.flannelj.netlink.nftables.expression;

/** What ct reads of a connection, in the kernel's order (enum nft_ct_keys). */
public enum CtKey {
  STATE("state"),
  DIRECTION("direction"),
  STATUS("status"),
  MARK("mark"),
  SECMARK("secmark"),
  EXPIRATION("expiration"),
  HELPER("helper"),
  L3PROTOCOL("l3proto"),
  SRC("saddr"),
  DST("daddr"),
  PROTOCOL("protocol"),
  PROTO_SRC("proto-src"),
  PROTO_DST("proto-dst"),
  LABELS("label"),
  PKTS("packets"),
  BYTES("bytes"),
  AVGPKT("avgpkt"),
  ZONE("zone"),
  EVENTMASK("event"),
  SRC_IP("ip saddr"),
  DST_IP("ip daddr"),
  SRC_IP6("ip6 saddr"),
  DST_IP6("ip6 daddr"),
  ID("id");

  private final String word;

  CtKey(String word) {
    this.word = word;
  }

  /** The kernel's number: the constants are in its order. */
  @SuppressWarnings("EnumOrdinal")
  int number() {
    return ordinal();
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
