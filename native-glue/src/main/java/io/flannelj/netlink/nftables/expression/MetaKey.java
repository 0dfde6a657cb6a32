package io.flannelj.netlink.nftables.expression;

/** What meta reads of a packet's surroundings, in the kernel's order (enum nft_meta_keys). */
public enum MetaKey {
  LEN("length", 4),
  PROTOCOL("protocol", 2),
  PRIORITY("priority", 4),
  MARK("mark", 4),
  IIF("iif", 4),
  OIF("oif", 4),
  IIFNAME("iifname", 16),
  OIFNAME("oifname", 16),
  IIFTYPE("iiftype", 2),
  OIFTYPE("oiftype", 2),
  SKUID("skuid", 4),
  SKGID("skgid", 4),
  NFTRACE("nftrace", 1),
  RTCLASSID("rtclassid", 4),
  SECMARK("secmark", 4),
  NFPROTO("nfproto", 1),
  L4PROTO("l4proto", 1),
  BRI_IIFNAME("ibrname", 16),
  BRI_OIFNAME("obrname", 16),
  PKTTYPE("pkttype", 1),
  CPU("cpu", 4),
  IIFGROUP("iifgroup", 4),
  OIFGROUP("oifgroup", 4),
  CGROUP("cgroup", 4),
  PRANDOM("random", 4),
  SECPATH("ipsec", 1),
  IIFKIND("iifkind", 16),
  OIFKIND("oifkind", 16),
  BRI_IIFPVID("ibrpvid", 2),
  BRI_IIFVPROTO("ibrvproto", 2),
  TIME_NS("time", 8),
  TIME_DAY("day", 1),
  TIME_HOUR("hour", 4),
  SDIF("sdif", 4),
  SDIFNAME("sdifname", 16);

  private final String word;
  private final int length;

  MetaKey(String word, int length) {
    this.word = word;
    this.length = length;
  }

  /** Length of the value in bytes. */
  public int length() {
    return length;
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
