package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.ImmediateVerdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The chains that Go flannel leaves in the tables of iptables-nft: FLANNEL-POSTRTG, which
 * masquerades, and FLANNEL-FWD, which accepts. They go once our rules do the same, each with the
 * rule that jumps to it in one batch, so that no packet meets a moment without. A Go flannel that
 * still runs makes them again every five seconds; it is told of instead of fought.
 */
public final class GoFlannelChains {
  private static final int MOST_TIMES = 3;

  private final NetlinkTransport netfilter;
  private final Map<ChainName, Integer> removals = new HashMap<>();
  private List<String> remarks = List.of();

  /** Over a socket of the netfilter family. */
  public GoFlannelChains(NetlinkTransport netfilter) {
    this.netfilter = netfilter;
  }

  /**
   * Removes what our rules, which stand, make needless.
   *
   * @return how many chains
   */
  public int remove(List<TrafficRules> families) {
    List<String> told = new ArrayList<>();
    int removed = 0;
    for (TrafficRules rules : families) {
      for (GoFlannelChain chain : GoFlannelChain.replacedBy(rules)) {
        removed += remove(table(rules, chain.table()), chain.base(), chain.name(), told);
      }
    }
    remarks = List.copyOf(told);
    return removed;
  }

  /** The chains that {@link #remove} would remove, as nft names them. */
  public List<String> present(List<TrafficRules> families) {
    List<String> names = new ArrayList<>();
    for (TrafficRules rules : families) {
      for (GoFlannelChain chain : GoFlannelChain.replacedBy(rules)) {
        ChainName name = table(rules, chain.table()).chain(chain.name());
        if (new NftDump(netfilter).chain(name).isPresent()) {
          names.add("chain " + name);
        }
      }
    }
    return names;
  }

  private static TableName table(TrafficRules rules, String name) {
    return rules.network().isIpv4() ? TableName.ip(name) : TableName.ip6(name);
  }

  private int remove(TableName table, String base, String name, List<String> told) {
    NftDump dump = new NftDump(netfilter);
    ChainName chain = table.chain(name);
    if (dump.chain(chain).isEmpty()) {
      return 0;
    }
    ChainName from = table.chain(base);
    NftBatch batch = new NftBatch();
    for (Rule rule : dump.rules(table)) {
      if (jumpsTo(rule, name)) {
        if (!rule.chain().equals(from)) {
          told.add(
              "Go flannel's chain \""
                  + chain
                  + "\" is needless, but the chain \""
                  + rule.chain()
                  + "\" jumps to it, which somebody else made");
          return 0;
        }
        batch.deleteRule(from, rule.handle());
      }
    }
    if (removals.merge(chain, 1, Integer::sum) > MOST_TIMES) {
      told.add(
          "Go flannel seems to run on this node still, for its chain \""
              + chain
              + "\" comes back: stop it, or this daemon");
      return 0;
    }
    batch.flush(chain).delete(chain).run(netfilter);
    return 1;
  }

  private static boolean jumpsTo(Rule rule, String chain) {
    return rule.expressions().stream()
        .anyMatch(
            step ->
                step instanceof ImmediateVerdict immediate
                    && immediate.verdict().chain().equals(chain));
  }

  /** What stays and why, a line each. */
  public List<String> remarks() {
    return remarks;
  }
}
