package io.flannelj.kernel;

import io.flannelj.desired.RulesPrinter;
import io.flannelj.desired.TrafficRules;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableDifference;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import io.flannelj.netlink.nftables.statement.Statement;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Our nftables table.
 *
 * <p>Key: the table's name, which Go flannel's nftables mode uses too, so an upgrade replaces its
 * rules in one transaction. The table is ours as a whole: what others put into it goes. Anybody may
 * flush the ruleset behind our back; the monitor notices. A batch is atomic, so there is no moment
 * without masquerading, and nothing to repair if we die in the middle.
 */
public final class RulesTable implements KernelTable<String, TrafficRules> {
  private static final long KUBE_PROXY_MASQUERADE = 0x4000;

  private final NetlinkTransport transport;
  private Optional<TrafficRules> written = Optional.empty();

  /** Over a socket of the netfilter family. */
  public RulesTable(NetlinkTransport transport) {
    this.transport = transport;
  }

  @Override
  public String name() {
    return "nft";
  }

  /** The rules last written, if the table's content still is what they came to. */
  @Override
  public Map<String, TrafficRules> dumpOwned() {
    Map<String, TrafficRules> owned = new HashMap<>();
    if (written.isPresent()) {
      TrafficRules rules = written.get();
      if (isInKernel(rules)) {
        owned.put(RulesPrinter.table(rules), rules);
      }
    }
    return owned;
  }

  /** Whether the table's content is what these rules come to. */
  public boolean isInKernel(TrafficRules rules) {
    Optional<TableContent> present = new NftDump(transport).content(table(rules));
    return present.isPresent() && TableDifference.between(content(rules), present).isEmpty();
  }

  @Override
  public Map<String, RuntimeException> apply(
      Map<String, TrafficRules> toPut, Map<String, TrafficRules> toRemove) {
    Map<String, RuntimeException> failures = new HashMap<>();
    for (Map.Entry<String, TrafficRules> entry : toPut.entrySet()) {
      try {
        TableDifference.apply(transport, content(entry.getValue()));
        written = Optional.of(entry.getValue());
      } catch (RuntimeException e) {
        failures.put(entry.getKey(), e);
      }
    }
    return failures;
  }

  private static TableName table(TrafficRules rules) {
    return table(AddressFamily.of(rules.network()));
  }

  private static TableName table(AddressFamily family) {
    String name = RulesPrinter.table(family);
    return family == AddressFamily.IPV4 ? TableName.ip(name) : TableName.ip6(name);
  }

  /**
   * Removes the table of a family that is not used any more.
   *
   * @return whether there was one
   */
  public static boolean remove(NetlinkTransport transport, AddressFamily family) {
    TableName table = table(family);
    if (new NftDump(transport).table(table).isEmpty()) {
      return false;
    }
    new NftBatch().deleteIfExists(table).run(transport);
    return true;
  }

  /** The table's content: what {@link RulesPrinter} prints. */
  public static TableContent content(TrafficRules rules) {
    IpPrefix net = rules.network();
    TableName name = table(rules);
    TableContent.Builder table = TableContent.builder(Table.of(name));
    if (rules.forward()) {
      ChainName forward = name.chain("forward");
      table.add(Chain.base(forward, BaseChain.filter(Hook.FORWARD, BaseChain.PRIORITY_FILTER)));
      table.add(RuleWriter.rule(forward, Match.ipSaddr(net), Action.accept()));
      table.add(RuleWriter.rule(forward, Match.ipDaddr(net), Action.accept()));
    }
    if (rules.masquerade()) {
      addPostrouting(table, name.chain("postrtg"), rules);
    }
    return table.build();
  }

  private static void addPostrouting(
      TableContent.Builder table, ChainName chain, TrafficRules rules) {
    IpPrefix net = rules.network();
    IpPrefix pod = rules.subnet();
    Statement masquerade = Action.masquerade(rules.fullyRandom());
    table.add(Chain.base(chain, BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT)));
    table.add(
        RuleWriter.rule(
            chain, Match.metaMark(KUBE_PROXY_MASQUERADE, KUBE_PROXY_MASQUERADE), Action.return_()));
    table.add(RuleWriter.rule(chain, Match.ipSaddr(pod), Match.ipDaddr(net), Action.return_()));
    table.add(RuleWriter.rule(chain, Match.ipSaddr(net), Match.ipDaddr(pod), Action.return_()));
    table.add(RuleWriter.rule(chain, Match.ipSaddrNot(net), Match.ipDaddr(pod), Action.return_()));
    table.add(
        RuleWriter.rule(
            chain, Match.ipSaddr(net), Match.ipDaddrNot(RulesPrinter.multicast(net)), masquerade));
    table.add(RuleWriter.rule(chain, Match.ipSaddrNot(net), Match.ipDaddr(net), masquerade));
  }
}
