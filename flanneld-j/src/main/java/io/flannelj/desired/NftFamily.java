package io.flannelj.desired;

/** The address family of an nftables table. */
public enum NftFamily {
  /** {@code ip}: IPv4. */
  IP("ip"),
  /** {@code ip6}: IPv6. */
  IP6("ip6"),
  /** {@code inet}: both. */
  INET("inet");

  private final String word;

  NftFamily(String word) {
    this.word = word;
  }

  /** nft's word for it. */
  public String word() {
    return word;
  }
}
