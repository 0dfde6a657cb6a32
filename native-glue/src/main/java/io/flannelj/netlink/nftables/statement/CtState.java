package io.flannelj.netlink.nftables.statement;

/** States of a connection as ct reports them (NF_CT_STATE_BIT). */
public enum CtState {
  INVALID(1),
  ESTABLISHED(2),
  RELATED(4),
  NEW(8),
  UNTRACKED(64);

  private final int bit;

  CtState(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
