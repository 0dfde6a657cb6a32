package io.flannelj.testkit;

import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELTABLE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_GETTABLE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWTABLE;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.NfGenHeader;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetElementCodec;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All tables of {@link FakeNft}, and the messages that change or show them. */
final class FakeRuleset {
  // The same numbers in NFTA_TABLE_*, NFTA_CHAIN_*, NFTA_RULE_*, NFTA_SET_* and
  // NFTA_SET_ELEM_LIST_*.
  private static final int TABLE = 1;
  private static final int NAME = 2;
  private static final int CHAIN_NAME = 3;
  private static final int RULE_HANDLE = 3;
  private static final int RULE_POSITION = 6;
  private static final int ELEMENTS = 3;
  private static final int HIGHEST = 20;
  private static final int ELEMENTS_PER_MESSAGE = 100;

  private final Map<TableName, FakeTable> tables = new LinkedHashMap<>();

  FakeRuleset copy() {
    FakeRuleset copy = new FakeRuleset();
    tables.forEach((name, table) -> copy.tables.put(name, table.copy()));
    return copy;
  }

  Map<TableName, FakeTable> tables() {
    return tables;
  }

  void change(int type, int flags, ByteBuffer body) {
    boolean exclusive = (flags & NetlinkRequest.NLM_F_EXCL) != 0;
    switch (type) {
      case NFT_MSG_NEWTABLE -> addTable(Table.decode(body), exclusive);
      case NFT_MSG_DELTABLE -> tables.remove(table(body).table.name());
      case NFT_MSG_NEWCHAIN -> table(body).addChain(Chain.decode(body), exclusive);
      case NFT_MSG_DELCHAIN -> table(body).deleteChain(attributes(body).string(CHAIN_NAME));
      case NFT_MSG_NEWRULE -> addRule(table(body), flags, body);
      case NFT_MSG_DELRULE -> deleteRules(table(body), attributes(body));
      case NFT_MSG_NEWSET -> table(body).addSet(NftSet.decode(body), exclusive);
      case NFT_MSG_DELSET -> table(body).deleteSet(attributes(body).string(NAME));
      case NFT_MSG_NEWSETELEM -> {
        NftSet set = set(body);
        elements(set, body).forEach(one -> table(body).addElement(set, one, exclusive));
      }
      case NFT_MSG_DELSETELEM -> {
        NftSet set = set(body);
        if (attributes(body).has(ELEMENTS)) {
          elements(set, body).forEach(one -> table(body).deleteElement(set, one));
        } else {
          table(body).elementsOf(set).clear();
        }
      }
      default -> throw new Refusal(Errno.EOPNOTSUPP);
    }
  }

  private void addTable(Table table, boolean exclusive) {
    if (tables.putIfAbsent(table.name(), new FakeTable(table)) != null && exclusive) {
      throw new Refusal(Errno.EEXIST);
    }
  }

  private static void addRule(FakeTable table, int flags, ByteBuffer body) {
    AttributeIndex in = attributes(body);
    Rule rule = Rule.decode(body);
    List<Rule> rules = table.rulesOf(rule.chain().name());
    if ((flags & NetlinkRequest.NLM_F_REPLACE) != 0) {
      rules.set(table.indexOf(rules, rule.handle()), table.numbered(rule));
      return;
    }
    boolean append = (flags & NetlinkRequest.NLM_F_APPEND) != 0;
    int at = append ? rules.size() : 0;
    if (in.has(RULE_POSITION)) {
      at = table.indexOf(rules, in.u64(RULE_POSITION)) + (append ? 1 : 0);
    }
    rules.add(at, table.numbered(rule));
  }

  private static void deleteRules(FakeTable table, AttributeIndex in) {
    if (!in.has(NAME)) {
      table.rules.values().forEach(List::clear);
      return;
    }
    List<Rule> rules = table.rulesOf(in.string(NAME));
    if (in.has(RULE_HANDLE)) {
      rules.remove(table.indexOf(rules, in.u64(RULE_HANDLE)));
    } else {
      rules.clear();
    }
  }

  AttributeWriter.Body get(int type, ByteBuffer body) {
    FakeTable table = table(body);
    if (type == NFT_MSG_GETTABLE) {
      return show(table.table.name(), table.table::encode);
    }
    String name = attributes(body).string(CHAIN_NAME);
    return chain(table.chain(name));
  }

  List<AttributeWriter.Body> dump(int type, ByteBuffer body) {
    return switch (type) {
      case NFT_MSG_GETTABLE ->
          matching(body).stream().map(one -> show(one.table.name(), one.table::encode)).toList();
      case NFT_MSG_GETCHAIN ->
          matching(body).stream()
              .flatMap(one -> one.chains().stream())
              .map(FakeRuleset::chain)
              .toList();
      case NFT_MSG_GETRULE ->
          matching(body).stream()
              .flatMap(one -> one.rules.values().stream())
              .flatMap(List::stream)
              .filter(rule -> isAskedFor(rule, attributes(body)))
              .map(FakeRuleset::rule)
              .toList();
      case NFT_MSG_GETSET ->
          matching(body).stream()
              .flatMap(one -> one.sets().stream())
              .map(set -> show(set.name().table(), out -> set.encode(out, 0)))
              .toList();
      case NFT_MSG_GETSETELEM -> {
        NftSet set = set(body);
        List<SetElement> all = List.copyOf(table(body).elementsOf(set).values());
        List<AttributeWriter.Body> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += ELEMENTS_PER_MESSAGE) {
          List<SetElement> part =
              all.subList(from, Math.min(all.size(), from + ELEMENTS_PER_MESSAGE));
          parts.add(show(set.name().table(), out -> SetElementCodec.encode(out, set, part, true)));
        }
        yield parts;
      }
      default -> throw new Refusal(Errno.EOPNOTSUPP);
    };
  }

  private static boolean isAskedFor(Rule rule, AttributeIndex in) {
    return !in.has(NAME) || in.string(NAME).equals(rule.chain().name());
  }

  private List<FakeTable> matching(ByteBuffer body) {
    int family = NfGenHeader.decode(body).family();
    AttributeIndex in = attributes(body);
    List<FakeTable> found = new ArrayList<>();
    for (FakeTable table : tables.values()) {
      TableName name = table.table.name();
      if ((family == 0 || family == name.family().number())
          && (!in.has(TABLE) || in.string(TABLE).equals(name.name()))) {
        found.add(table);
      }
    }
    return found;
  }

  private FakeTable table(ByteBuffer body) {
    NftFamily family = NftFamily.of(NfGenHeader.decode(body).family());
    FakeTable table = tables.get(new TableName(family, attributes(body).string(TABLE)));
    if (table == null) {
      throw new Refusal(Errno.ENOENT);
    }
    return table;
  }

  private NftSet set(ByteBuffer body) {
    return table(body).set(attributes(body).string(NAME));
  }

  private static List<SetElement> elements(NftSet set, ByteBuffer body) {
    return SetElementCodec.decode(set, List.of(body));
  }

  private static AttributeIndex attributes(ByteBuffer body) {
    return AttributeIndex.of(NfGenHeader.attributes(body), HIGHEST);
  }

  private static AttributeWriter.Body chain(Chain chain) {
    return show(chain.name().table(), chain::encode);
  }

  private static AttributeWriter.Body rule(Rule rule) {
    return show(
        rule.chain().table(),
        out -> {
          rule.encode(out);
          out.putU64BigEndian(RULE_HANDLE, rule.handle());
        });
  }

  private static AttributeWriter.Body show(TableName table, AttributeWriter.Body attributes) {
    return out -> {
      NfGenHeader.encode(out, table.family().number(), 0);
      attributes.writeTo(out);
    };
  }
}
