package io.flannelj.desired;

/**
 * An nftables table that is ours as a whole.
 *
 * @param family its family
 * @param name its name
 */
public record NftTableKey(NftFamily family, String name) {
  @Override
  public String toString() {
    return "table " + family.word() + " " + name;
  }
}
