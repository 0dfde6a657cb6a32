package io.flannelj.netlink.nftables;

import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One message of the multicast group {@link NftMessages#NFNLGRP_NFTABLES}: which table changed and
 * who did it. After the messages of a batch comes one of {@link Kind#GENERATION}, which has no
 * table and names the process.
 *
 * @param kind what kind of object changed
 * @param deleted whether it went, or else came or changed
 * @param table whose; empty for a new generation, and for a family that we do not know
 * @param chain which chain changed, or the one whose rule did; empty for all other kinds
 * @param hook where packets come to a chain that came or changed, if it is a base chain; of one
 *     that went only old kernels tell it
 * @param port netlink port of the socket that sent the batch; of what the kernel does by itself (a
 *     device with a netdev chain that goes) 0
 * @param process of a new generation, the name of the process that sent the batch, else empty
 */
public record NftNotification(
    Kind kind,
    boolean deleted,
    Optional<TableName> table,
    Optional<ChainName> chain,
    Optional<Hook> hook,
    int port,
    String process) {
  /** Objects of nf_tables. */
  public enum Kind {
    TABLE,
    CHAIN,
    RULE,
    SET,
    ELEMENT,
    GENERATION,
    /** A named counter, quota or the like, a flow table, or what later kernels bring. */
    OTHER
  }

  // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, ... NFTA_OBJ_TABLE, NFTA_FLOWTABLE_TABLE: all the same.
  private static final int TABLE = 1;
  private static final int NFTA_GEN_PROC_NAME = 3;
  private static final int NFT_MSG_NEWGEN = NftMessages.NFT_MSG_NEWGEN & 0xff;
  private static final int NFT_MSG_DELOBJ = 20;
  private static final int NFT_MSG_DELFLOWTABLE = 24;

  /** Whether a socket other than that with this port did it. */
  public boolean isForeign(int ownPort) {
    return port != ownPort;
  }

  /**
   * Reads a notification.
   *
   * @return empty for a message of another subsystem
   * @throws DecodeException if the message is damaged
   */
  public static Optional<NftNotification> decode(NetlinkMessage message) {
    if (message.type() >>> 8 != NftMessages.NFNL_SUBSYS_NFTABLES) {
      return Optional.empty();
    }
    int type = message.type() & 0xff;
    ByteBuffer body = message.body();
    Optional<NftFamily> family = NftFamily.find(NfGenHeader.decode(body).family());
    if (type == NFT_MSG_NEWGEN) {
      return Optional.of(
          new NftNotification(
              Kind.GENERATION,
              false,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              message.port(),
              text(body, NFTA_GEN_PROC_NAME)));
    }
    String name = text(body, TABLE);
    Optional<TableName> table =
        name.isEmpty() ? Optional.empty() : family.map(known -> new TableName(known, name));
    Kind kind = kind(type);
    return Optional.of(
        new NftNotification(
            kind,
            isDeletion(type),
            table,
            table.flatMap(of -> chain(kind, of, body)),
            kind == Kind.CHAIN && !isDeletion(type)
                ? family.flatMap(known -> hook(known, body))
                : Optional.empty(),
            message.port(),
            ""));
  }

  private static Optional<ChainName> chain(Kind kind, TableName table, ByteBuffer body) {
    String name =
        switch (kind) {
          case CHAIN -> text(body, Chain.NFTA_CHAIN_NAME);
          case RULE -> text(body, Rule.NFTA_RULE_CHAIN);
          default -> "";
        };
    return name.isEmpty() ? Optional.empty() : Optional.of(table.chain(name));
  }

  private static Optional<Hook> hook(NftFamily family, ByteBuffer body) {
    AttributeIndex in = AttributeIndex.of(NfGenHeader.attributes(body), Chain.NFTA_CHAIN_HOOK);
    if (!in.has(Chain.NFTA_CHAIN_HOOK)) {
      return Optional.empty();
    }
    AttributeIndex hook = in.nested(Chain.NFTA_CHAIN_HOOK, Chain.NFTA_HOOK_HOOKNUM);
    return Optional.of(Hook.of(family, hook.s32(Chain.NFTA_HOOK_HOOKNUM)));
  }

  private static Kind kind(int type) {
    // NEW, GET and DEL of one kind follow each other; the kinds begin at TABLE.
    return switch (type / 3) {
      case 0 -> Kind.TABLE;
      case 1 -> Kind.CHAIN;
      case 2 -> Kind.RULE;
      case 3 -> Kind.SET;
      case 4 -> Kind.ELEMENT;
      default -> Kind.OTHER;
    };
  }

  private static boolean isDeletion(int type) {
    return kind(type) == Kind.OTHER
        ? type == NFT_MSG_DELOBJ || type == NFT_MSG_DELFLOWTABLE
        : type % 3 == 2;
  }

  private static String text(ByteBuffer body, int type) {
    AttributeReader reader = new AttributeReader(NfGenHeader.attributes(body));
    while (reader.next()) {
      if (reader.type() == type) {
        return reader.string();
      }
    }
    return "";
  }
}
