package io.flannelj.netlink.nftables;

/**
 * What a table is known by, printed as nft prints it: {@code ip flannel-ipv4}.
 *
 * @param family of the table; names are per family
 * @param name at most 255 bytes
 */
public record TableName(NftFamily family, String name) {
  /** A table of the family ip. */
  public static TableName ip(String name) {
    return new TableName(NftFamily.IP, name);
  }

  /** A table of the family ip6. */
  public static TableName ip6(String name) {
    return new TableName(NftFamily.IP6, name);
  }

  /** A table of the family inet. */
  public static TableName inet(String name) {
    return new TableName(NftFamily.INET, name);
  }

  /** A table of the family bridge. */
  public static TableName bridge(String name) {
    return new TableName(NftFamily.BRIDGE, name);
  }

  /** A chain of this table. */
  public ChainName chain(String chain) {
    return new ChainName(this, chain);
  }

  /** A set or map of this table. */
  public SetName set(String set) {
    return new SetName(this, set);
  }

  @Override
  public String toString() {
    return family + " " + name;
  }
}
