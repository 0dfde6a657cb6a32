package io.flannelj.netlink.nftables.statement;

/** What has become of a connection (enum ip_conntrack_status). */
public enum CtStatus {
  EXPECTED(1),
  SEEN_REPLY(2),
  ASSURED(4),
  CONFIRMED(8),
  SNAT(0x10),
  DNAT(0x20),
  DYING(0x200);

  private final int bit;

  CtStatus(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
