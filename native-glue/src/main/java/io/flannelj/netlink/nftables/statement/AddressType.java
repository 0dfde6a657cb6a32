package io.flannelj.netlink.nftables.statement;

/** Kinds of addresses as the routing tables see them (RTN_*). */
public enum AddressType {
  UNICAST(1),
  LOCAL(2),
  BROADCAST(3),
  ANYCAST(4),
  MULTICAST(5);

  private final int number;

  AddressType(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
