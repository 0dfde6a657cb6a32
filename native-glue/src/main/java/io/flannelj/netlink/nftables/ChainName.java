package io.flannelj.netlink.nftables;

/**
 * What a chain is known by, printed as {@code ip filter FORWARD}.
 *
 * @param table that holds it
 * @param name within the table
 */
public record ChainName(TableName table, String name) {
  @Override
  public String toString() {
    return table + " " + name;
  }
}
