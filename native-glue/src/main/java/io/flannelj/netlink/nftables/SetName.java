package io.flannelj.netlink.nftables;

/**
 * What a set or map is known by, printed as {@code ip cni_hostport ports}.
 *
 * @param table that holds it
 * @param name within the table; maps share the namespace of sets
 */
public record SetName(TableName table, String name) {
  @Override
  public String toString() {
    return table + " " + name;
  }
}
