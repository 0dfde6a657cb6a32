package io.flannelj.netlink.nftables;

import io.flannelj.netlink.codec.DecodeException;
import java.util.Locale;

/** Where a base chain meets packets (NF_INET_*, NF_BR_*, NF_ARP_*, NF_NETDEV_*). */
public enum Hook {
  PREROUTING,
  INPUT,
  FORWARD,
  OUTPUT,
  POSTROUTING,
  /** Of one device, before everything; in the families netdev and inet. */
  INGRESS,
  /** Of one device, after everything; in the family netdev. */
  EGRESS;

  private static final int ARP_HOOKS = 3;
  private final String word = name().toLowerCase(Locale.ROOT);

  /**
   * The kernel's number, which depends on the family.
   *
   * @throws IllegalArgumentException if the family has no such hook
   */
  int number(NftFamily family) {
    for (int number = 0; number < values().length; number++) {
      if (at(family, number) == this) {
        return number;
      }
    }
    throw new IllegalArgumentException("family " + family + " has no hook " + word);
  }

  /** The hook with a number; EGRESS stands for "none", which no table below yields twice. */
  private static Hook at(NftFamily family, int number) {
    return switch (family) {
      case NETDEV -> number == 0 ? INGRESS : EGRESS;
      case ARP -> number == 0 ? INPUT : number == 1 ? OUTPUT : FORWARD;
      case INET, IP, IP6, BRIDGE -> values()[number];
    };
  }

  static Hook of(NftFamily family, int number) {
    int count =
        switch (family) {
          case NETDEV -> 2;
          case ARP -> ARP_HOOKS;
          case INET -> 6;
          case IP, IP6, BRIDGE -> 5;
        };
    if (number < 0 || number >= count) {
      throw new DecodeException("family " + family + " has no hook number " + number);
    }
    return at(family, number);
  }

  /** nft's word. */
  @Override
  public String toString() {
    return word;
  }
}
