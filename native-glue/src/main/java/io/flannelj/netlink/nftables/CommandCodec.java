package io.flannelj.netlink.nftables;

import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_DELTABLE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWCHAIN;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWRULE;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWSET;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWSETELEM;
import static io.flannelj.netlink.nftables.NftMessages.NFT_MSG_NEWTABLE;

import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.nftables.NftCommand.AddChain;
import io.flannelj.netlink.nftables.NftCommand.AddElements;
import io.flannelj.netlink.nftables.NftCommand.AddRule;
import io.flannelj.netlink.nftables.NftCommand.AddSet;
import io.flannelj.netlink.nftables.NftCommand.AddTable;
import io.flannelj.netlink.nftables.NftCommand.DeleteChain;
import io.flannelj.netlink.nftables.NftCommand.DeleteElements;
import io.flannelj.netlink.nftables.NftCommand.DeleteRule;
import io.flannelj.netlink.nftables.NftCommand.DeleteSet;
import io.flannelj.netlink.nftables.NftCommand.DeleteTable;
import io.flannelj.netlink.nftables.NftCommand.FlushChain;
import io.flannelj.netlink.nftables.NftCommand.FlushSet;
import io.flannelj.netlink.nftables.NftCommand.FlushTable;
import io.flannelj.netlink.nftables.NftCommand.Placement;
import io.flannelj.netlink.nftables.NftCommand.ReplaceRule;
import java.util.List;

/** Commands as netlink requests. */
final class CommandCodec {
  private static final int CREATE = NetlinkRequest.NLM_F_CREATE;
  private static final int EXCLUSIVE = NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_EXCL;

  private CommandCodec() {}

  /**
   * One request for one command.
   *
   * @param id a number that no other set of the batch has: the kernel insists on one
   */
  static NetlinkRequest request(NftCommand command, int id) {
    if (command instanceof AddElements add) {
      return elements("add element ", NFT_MSG_NEWSETELEM, add);
    }
    if (command instanceof DeleteElements delete) {
      return deleteElements(delete);
    }
    if (command instanceof AddRule add) {
      return addRule(add);
    }
    if (command instanceof ReplaceRule replace) {
      return replaceRule(replace);
    }
    if (command instanceof DeleteRule delete) {
      return rules("delete rule", delete.chain(), delete.handle());
    }
    if (command instanceof FlushChain flush) {
      return rules("flush chain", flush.chain(), 0);
    }
    if (command instanceof AddSet add) {
      return addSet(add, id);
    }
    if (command instanceof DeleteSet delete) {
      return set("delete set ", NFT_MSG_DELSET, delete.set());
    }
    if (command instanceof FlushSet flush) {
      return set("flush set ", NFT_MSG_DELSETELEM, flush.set());
    }
    return tableOrChain(command);
  }

  private static NetlinkRequest tableOrChain(NftCommand command) {
    if (command instanceof AddTable add) {
      Table table = add.table();
      return request(
          (add.create() ? "create table " : "add table ") + table.name(),
          NFT_MSG_NEWTABLE,
          add.create() ? EXCLUSIVE : CREATE,
          table.name(),
          table::encode);
    }
    if (command instanceof DeleteTable delete) {
      return table("delete table ", NFT_MSG_DELTABLE, delete.table(), Table.NFTA_TABLE_NAME);
    }
    if (command instanceof FlushTable flush) {
      return table("flush table ", NFT_MSG_DELRULE, flush.table(), Rule.NFTA_RULE_TABLE);
    }
    if (command instanceof AddChain add) {
      Chain chain = add.chain();
      return request(
          (add.create() ? "create chain " : "add chain ") + chain.name(),
          NFT_MSG_NEWCHAIN,
          add.create() ? EXCLUSIVE : CREATE,
          chain.name().table(),
          chain::encode);
    }
    if (command instanceof DeleteChain delete) {
      ChainName chain = delete.chain();
      return request(
          "delete chain " + chain,
          NFT_MSG_DELCHAIN,
          0,
          chain.table(),
          out -> {
            out.putString(Chain.NFTA_CHAIN_TABLE, chain.table().name());
            out.putString(Chain.NFTA_CHAIN_NAME, chain.name());
          });
    }
    throw new IllegalArgumentException("no request for " + command);
  }

  private static NetlinkRequest table(String verb, int type, TableName table, int attribute) {
    return request(verb + table, type, 0, table, out -> out.putString(attribute, table.name()));
  }

  private static NetlinkRequest addRule(AddRule add) {
    Rule rule = add.rule();
    boolean append = add.placement() == Placement.ADD;
    return request(
        (append ? "add rule " : "insert rule ") + rule.chain(),
        NFT_MSG_NEWRULE,
        append ? CREATE | NetlinkRequest.NLM_F_APPEND : CREATE,
        rule.chain().table(),
        out -> {
          rule.encode(out);
          if (add.position() != 0) {
            out.putU64BigEndian(Rule.NFTA_RULE_POSITION, add.position());
          }
        });
  }

  private static NetlinkRequest replaceRule(ReplaceRule replace) {
    Rule rule = replace.rule();
    return request(
        "replace rule " + rule.chain() + " handle " + replace.handle(),
        NFT_MSG_NEWRULE,
        NetlinkRequest.NLM_F_REPLACE,
        rule.chain().table(),
        out -> {
          rule.encode(out);
          out.putU64BigEndian(Rule.NFTA_RULE_HANDLE, replace.handle());
        });
  }

  /** DELRULE of one rule, or with handle 0 of all in the chain. */
  private static NetlinkRequest rules(String verb, ChainName chain, long handle) {
    return request(
        verb + " " + chain + (handle == 0 ? "" : " handle " + handle),
        NFT_MSG_DELRULE,
        0,
        chain.table(),
        out -> {
          out.putString(Rule.NFTA_RULE_TABLE, chain.table().name());
          out.putString(Rule.NFTA_RULE_CHAIN, chain.name());
          if (handle != 0) {
            out.putU64BigEndian(Rule.NFTA_RULE_HANDLE, handle);
          }
        });
  }

  private static NetlinkRequest addSet(AddSet add, int id) {
    NftSet set = add.set();
    return request(
        (add.create() ? "create " : "add ") + (set.isMap() ? "map " : "set ") + set.name(),
        NFT_MSG_NEWSET,
        add.create() ? EXCLUSIVE : CREATE,
        set.name().table(),
        out -> set.encode(out, id));
  }

  private static NetlinkRequest set(String verb, int type, SetName set) {
    return request(
        verb + set,
        type,
        0,
        set.table(),
        out -> {
          out.putString(NftSet.NFTA_SET_TABLE, set.table().name());
          out.putString(NftSet.NFTA_SET_NAME, set.name());
        });
  }

  private static NetlinkRequest elements(String verb, int type, AddElements add) {
    return request(
        verb + add.set().name(),
        type,
        add.create() ? EXCLUSIVE : CREATE,
        add.set().name().table(),
        out -> SetElementCodec.encode(out, add.set(), add.elements(), true));
  }

  private static NetlinkRequest deleteElements(DeleteElements delete) {
    NftSet set = delete.set();
    List<SetElement> elements = delete.elements();
    return request(
        "delete element " + set.name(),
        NFT_MSG_DELSETELEM,
        0,
        set.name().table(),
        out -> SetElementCodec.encode(out, set, elements, false));
  }

  private static NetlinkRequest request(
      String operation, int type, int flags, TableName table, AttributeWriter.Body attributes) {
    int family = table.family().number();
    return new NetlinkRequest(
        operation,
        type,
        flags,
        out -> {
          NfGenHeader.encode(out, family, 0);
          attributes.writeTo(out);
        });
  }
}
