package io.flannelj.desired;

import io.flannelj.net.IpPrefix;

/** A part of a rule. Each prints as nft 1.0 lists it. */
public sealed interface NftStatement {

  /** As {@code nft list ruleset} prints it. */
  String words();

  /** {@code ip saddr PREFIX}. */
  record Source(IpPrefix prefix) implements NftStatement {
    @Override
    public String words() {
      return family(prefix) + " saddr " + text(prefix);
    }
  }

  /** {@code ip saddr != PREFIX}. */
  record SourceNot(IpPrefix prefix) implements NftStatement {
    @Override
    public String words() {
      return family(prefix) + " saddr != " + text(prefix);
    }
  }

  /** {@code ip daddr PREFIX}. */
  record Destination(IpPrefix prefix) implements NftStatement {
    @Override
    public String words() {
      return family(prefix) + " daddr " + text(prefix);
    }
  }

  /** {@code ip daddr != PREFIX}. */
  record DestinationNot(IpPrefix prefix) implements NftStatement {
    @Override
    public String words() {
      return family(prefix) + " daddr != " + text(prefix);
    }
  }

  /**
   * {@code meta mark & BITS == BITS}: all of these bits are set, whatever the others are.
   *
   * @param bits not 0
   */
  record MarkBits(int bits) implements NftStatement {
    @Override
    public String words() {
      String hex = String.format("0x%08x", bits);
      return "meta mark & " + hex + " == " + hex;
    }
  }

  /** {@code accept}. */
  record Accept() implements NftStatement {
    @Override
    public String words() {
      return "accept";
    }
  }

  /** {@code return}. */
  record Return() implements NftStatement {
    @Override
    public String words() {
      return "return";
    }
  }

  /**
   * {@code masquerade}.
   *
   * @param fullyRandom whether source ports are chosen at random
   */
  record Masquerade(boolean fullyRandom) implements NftStatement {
    @Override
    public String words() {
      return fullyRandom ? "masquerade fully-random" : "masquerade";
    }
  }

  /**
   * What a dump found that none of the others says: never desired, so a table that holds one
   * differs from every desired table.
   *
   * @param words a description of it
   */
  record Other(String words) implements NftStatement {}

  private static String family(IpPrefix prefix) {
    return prefix.isIpv4() ? "ip" : "ip6";
  }

  /** nft prints a prefix that holds one address as that address. */
  private static String text(IpPrefix prefix) {
    return prefix.length() == prefix.address().bitLength()
        ? prefix.address().toString()
        : prefix.toString();
  }
}
