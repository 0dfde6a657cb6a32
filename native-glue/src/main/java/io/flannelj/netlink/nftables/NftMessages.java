package io.flannelj.netlink.nftables;

/** Message types of nf_tables (include/uapi/linux/netfilter/nf_tables.h, nfnetlink.h). */
public final class NftMessages {
  /** NFNL_SUBSYS_NFTABLES in the upper byte of the message type. */
  public static final int NFNL_SUBSYS_NFTABLES = 10;

  /** Begins a batch. */
  public static final int NFNL_MSG_BATCH_BEGIN = 0x10;

  /** Ends and commits a batch. */
  public static final int NFNL_MSG_BATCH_END = 0x11;

  /** Multicast group of nf_tables notifications. */
  public static final int NFNLGRP_NFTABLES = 7;

  private static final int BASE = NFNL_SUBSYS_NFTABLES << 8;

  public static final int NFT_MSG_NEWTABLE = BASE;
  public static final int NFT_MSG_GETTABLE = BASE | 1;
  public static final int NFT_MSG_DELTABLE = BASE | 2;
  public static final int NFT_MSG_NEWCHAIN = BASE | 3;
  public static final int NFT_MSG_GETCHAIN = BASE | 4;
  public static final int NFT_MSG_DELCHAIN = BASE | 5;
  public static final int NFT_MSG_NEWRULE = BASE | 6;
  public static final int NFT_MSG_GETRULE = BASE | 7;
  public static final int NFT_MSG_DELRULE = BASE | 8;
  public static final int NFT_MSG_NEWSET = BASE | 9;
  public static final int NFT_MSG_GETSET = BASE | 10;
  public static final int NFT_MSG_DELSET = BASE | 11;
  public static final int NFT_MSG_NEWSETELEM = BASE | 12;
  public static final int NFT_MSG_GETSETELEM = BASE | 13;
  public static final int NFT_MSG_DELSETELEM = BASE | 14;
  public static final int NFT_MSG_NEWGEN = BASE | 15;
  public static final int NFT_MSG_GETGEN = BASE | 16;

  private NftMessages() {}
}
