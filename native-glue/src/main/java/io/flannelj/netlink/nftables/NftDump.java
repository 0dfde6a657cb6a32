package io.flannelj.netlink.nftables;

import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETGEN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETTABLE;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads nf_tables out of the kernel. Each method is one or a few dumps; what changes between them
 * is seen by {@link #generation()}.
 */
public final class NftDump {
  private static final int NFTA_GEN_ID = 1;
  private static final int ATTEMPTS = 5;
  private static final AttributeWriter.Body NO_ATTRIBUTES = out -> {};

  private final NetlinkTransport transport;

  /** Reads over a NETLINK_NETFILTER transport. */
  public NftDump(NetlinkTransport transport) {
    this.transport = transport;
  }

  /** The ruleset's generation: a number that every committed batch changes. */
  public long generation() {
    NetlinkMessage answer =
        transport.query(
            new NetlinkRequest(
                "get nft generation", NFT_MSG_GETGEN, 0, out -> NfGenHeader.encode(out, 0, 0)));
    return AttributeIndex.of(NfGenHeader.attributes(answer.body()), NFTA_GEN_ID).u32(NFTA_GEN_ID);
  }

  /** The names of all tables of all families that we know. */
  public List<TableName> tables() {
    List<TableName> names = new ArrayList<>();
    for (NetlinkMessage message :
        transport.dump(request("list tables", NFT_MSG_GETTABLE, 0, NO_ATTRIBUTES))) {
      NftFamily.find(NfGenHeader.decode(message.body()).family())
          .ifPresent(
              family ->
                  names.add(new TableName(family, text(message.body(), Table.NFTA_TABLE_NAME))));
    }
    return names;
  }

  /** One table, empty if there is none. */
  public Optional<Table> table(TableName name) {
    try {
      NetlinkMessage answer =
          transport.query(
              request(
                  "list table " + name,
                  NFT_MSG_GETTABLE,
                  name.family().number(),
                  out -> out.putString(Table.NFTA_TABLE_NAME, name.name())));
      return Optional.of(Table.decode(answer.body()));
    } catch (NetlinkException e) {
      return ifAbsent(e);
    }
  }

  /** The chains of a table, in the order they were made. */
  public List<Chain> chains(TableName table) {
    String operation = "list chains of " + table;
    int family = table.family().number();
    List<Chain> chains = new ArrayList<>();
    // The kernel does not filter a dump of chains by table, and a foreign one may be beyond us.
    for (NetlinkMessage message :
        transport.dump(request(operation, NFT_MSG_GETCHAIN, family, NO_ATTRIBUTES))) {
      if (text(message.body(), Chain.NFTA_CHAIN_TABLE).equals(table.name())) {
        chains.add(decoding(operation, () -> Chain.decode(message.body())));
      }
    }
    return chains;
  }

  /** One chain, empty if there is none. */
  public Optional<Chain> chain(ChainName name) {
    try {
      NetlinkMessage answer =
          transport.query(
              request(
                  "list chain " + name,
                  NFT_MSG_GETCHAIN,
                  name.table().family().number(),
                  out -> {
                    out.putString(Chain.NFTA_CHAIN_TABLE, name.table().name());
                    out.putString(Chain.NFTA_CHAIN_NAME, name.name());
                  }));
      return Optional.of(Chain.decode(answer.body()));
    } catch (NetlinkException e) {
      return ifAbsent(e);
    }
  }

  /** The rules of a table, chain by chain, in the order in which they are run. */
  public List<Rule> rules(TableName table) {
    return dump(
        "list rules of " + table,
        NFT_MSG_GETRULE,
        table.family().number(),
        out -> out.putString(Rule.NFTA_RULE_TABLE, table.name()),
        Rule::decode);
  }

  /** The rules of a chain in the order in which they are run; empty too if there is no chain. */
  public List<Rule> rules(ChainName chain) {
    return dump(
        "list chain " + chain,
        NFT_MSG_GETRULE,
        chain.table().family().number(),
        out -> {
          out.putString(Rule.NFTA_RULE_TABLE, chain.table().name());
          out.putString(Rule.NFTA_RULE_CHAIN, chain.name());
        },
        Rule::decode);
  }

  /** The sets and maps of a table, anonymous ones included. */
  public List<NftSet> sets(TableName table) {
    return dump(
        "list sets of " + table,
        NFT_MSG_GETSET,
        table.family().number(),
        out -> out.putString(NftSet.NFTA_SET_TABLE, table.name()),
        NftSet::decode);
  }

  /** The elements of a set or map; ENOENT if there is none. */
  public List<SetElement> elements(NftSet set) {
    TableName table = set.name().table();
    List<ByteBuffer> bodies =
        dump(
            "list set " + set.name(),
            NFT_MSG_GETSETELEM,
            table.family().number(),
            out -> {
              out.putString(SetElementCodec.NFTA_SET_ELEM_LIST_TABLE, table.name());
              out.putString(SetElementCodec.NFTA_SET_ELEM_LIST_SET, set.name().name());
            },
            body -> body);
    return decoding("list set " + set.name(), () -> SetElementCodec.decode(set, bodies));
  }

  /**
   * A table with all that it holds, empty if there is none.
   *
   * @throws NetlinkException EINTR if others changed the ruleset during each of five attempts
   */
  public Optional<TableContent> content(TableName name) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long before = generation();
      Optional<TableContent> content = contentOnce(name);
      if (generation() == before) {
        return content;
      }
    }
    throw new NetlinkException(
        "list table " + name,
        Errno.EINTR.number(),
        "the ruleset changed during each of " + ATTEMPTS + " attempts");
  }

  private Optional<TableContent> contentOnce(TableName name) {
    Optional<Table> table = table(name);
    if (table.isEmpty()) {
      return Optional.empty();
    }
    TableContent.Builder content = TableContent.builder(table.get());
    try {
      for (NftSet set : sets(name)) {
        addSet(content, set);
      }
    } catch (NetlinkException e) {
      // A set that went meanwhile: the generation tells.
      return ifAbsent(e);
    }
    Set<ChainName> known = new HashSet<>();
    for (Chain chain : chains(name)) {
      known.add(chain.name());
      content.add(chain);
    }
    for (Rule rule : rules(name)) {
      if (known.contains(rule.chain())) {
        content.add(rule);
      }
    }
    return Optional.of(content.build());
  }

  private void addSet(TableContent.Builder content, NftSet set) {
    try {
      content.add(set, elements(set));
    } catch (IllegalArgumentException e) {
      throw new DecodeException("list set " + set.name() + ": " + e.getMessage());
    }
  }

  private <T> List<T> dump(
      String operation,
      int type,
      int family,
      AttributeWriter.Body attributes,
      Function<ByteBuffer, T> decoder) {
    List<T> objects = new ArrayList<>();
    for (NetlinkMessage message : transport.dump(request(operation, type, family, attributes))) {
      objects.add(decoding(operation, () -> decoder.apply(message.body())));
    }
    return objects;
  }

  private static <T> T decoding(String operation, Supplier<T> work) {
    try {
      return work.get();
    } catch (DecodeException e) {
      throw new DecodeException(operation, e);
    }
  }

  /** One text attribute, without a look at the others. */
  private static String text(ByteBuffer body, int type) {
    AttributeReader reader = new AttributeReader(NfGenHeader.attributes(body));
    while (reader.next()) {
      if (reader.type() == type) {
        return reader.string();
      }
    }
    return "";
  }

  private static NetlinkRequest request(
      String operation, int type, int family, AttributeWriter.Body attributes) {
    return new NetlinkRequest(
        operation,
        type,
        0,
        out -> {
          NfGenHeader.encode(out, family, 0);
          attributes.writeTo(out);
        });
  }

  private static <T> Optional<T> ifAbsent(NetlinkException e) {
    if (e.errno() == Errno.ENOENT) {
      return Optional.empty();
    }
    throw e;
  }
}
