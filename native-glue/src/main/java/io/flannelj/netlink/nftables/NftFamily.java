package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.DecodeException;
import java.util.Locale;
import java.util.Optional;

/** The family of a table: which packets it sees (NFPROTO_*, include/uapi/linux/netfilter.h). */
public enum NftFamily {
  /** IPv4 and IPv6. */
  INET(1),
  /** IPv4. */
  IP(2),
  /** ARP. */
  ARP(3),
  /** One device's ingress or egress. */
  NETDEV(5),
  /** Bridged frames. */
  BRIDGE(7),
  /** IPv6. */
  IP6(10);

  private final int number;
  private final String word = name().toLowerCase(Locale.ROOT);

  NftFamily(int number) {
    this.number = number;
  }

  /** NFPROTO_*. */
  public int number() {
    return number;
  }

  /**
   * By kernel number.
   *
   * @throws DecodeException for a number without meaning
   */
  public static NftFamily of(int number) {
    return find(number)
        .orElseThrow(() -> new DecodeException("nf_tables family " + number + " is unknown"));
  }

  /** By kernel number, empty for one without meaning. */
  public static Optional<NftFamily> find(int number) {
    for (NftFamily family : values()) {
      if (family.number == number) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
