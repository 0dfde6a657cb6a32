package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.DecodeException;

/** What a base chain may do. */
public enum ChainType {
  /** Look and decide. */
  FILTER("filter"),
  /** Sees the first packet of each connection and may rewrite its addresses. */
  NAT("nat"),
  /** Reroutes when header fields or mark change (hook output). */
  ROUTE("route");

  private final String word;

  ChainType(String word) {
    this.word = word;
  }

  static ChainType of(String word) {
    for (ChainType type : values()) {
      if (type.word.equals(word)) {
        return type;
      }
    }
    throw new DecodeException("chain type \"" + word + "\" is unknown");
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
