package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.AddressFamily;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.ForeignChain;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftCommand.Placement;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Our two accept rules in iptables' {@code filter FORWARD}: that of iptables-nft, and that of
 * iptables-legacy ({@link LegacyForward}).
 *
 * <p>An accept verdict in our own table cannot overrule a drop in another, and Docker sets the
 * policy of this chain to drop. Key: the chain; it is foreign, so it is never made or deleted, and
 * where it is missing nothing is needed. Our rules are known by their comment, which survives
 * iptables-save and iptables-restore. Whoever flushes the chain behind our back is noticed by the
 * monitor.
 */
public final class ForwardTable implements KernelTable<String, TrafficRules> {
  static final String COMMENT = "flanneld forward";

  private final NetlinkTransport transport;
  private Optional<TrafficRules> written = Optional.empty();

  /** Over a socket of the netfilter family. */
  public ForwardTable(NetlinkTransport transport) {
    this.transport = transport;
  }

  /** The key of a family's rules. */
  public static String key(TrafficRules rules) {
    return chain(rules).toString();
  }

  private static ChainName chain(TrafficRules rules) {
    return chain(AddressFamily.of(rules.network()));
  }

  private static ChainName chain(AddressFamily family) {
    TableName filter =
        family == AddressFamily.IPV4 ? TableName.ip("filter") : TableName.ip6("filter");
    return filter.chain("FORWARD");
  }

  /**
   * Removes our rules of a family that is not used any more.
   *
   * @return whether there were any
   */
  public static boolean remove(NetlinkTransport transport, AddressFamily family) {
    boolean legacy = LegacyForward.remove(LegacyFamily.of(family == AddressFamily.IPV4));
    NftDump dump = new NftDump(transport);
    ChainName chain = chain(family);
    if (dump.chain(chain).isEmpty()) {
      return legacy;
    }
    NftBatch batch =
        ForeignChain.difference(chain, List.of(), dump.rules(chain), COMMENT, Placement.ADD);
    if (!batch.isEmpty()) {
      batch.run(transport);
    }
    return legacy || !batch.isEmpty();
  }

  @Override
  public String name() {
    return "forward";
  }

  @Override
  public Map<String, TrafficRules> dumpOwned() {
    Map<String, TrafficRules> owned = new HashMap<>();
    written.filter(this::isInKernel).ifPresent(rules -> owned.put(key(rules), rules));
    return owned;
  }

  /** Whether each of the two chains is missing or lets pods' packets through. */
  public boolean isInKernel(TrafficRules rules) {
    return difference(rules).isEmpty() && LegacyForward.isRight(rules);
  }

  private NftBatch difference(TrafficRules rules) {
    NftDump dump = new NftDump(transport);
    ChainName chain = chain(rules);
    if (dump.chain(chain).isEmpty()) {
      return new NftBatch();
    }
    List<Rule> desired =
        rules.forward()
            ? List.of(
                ForeignChain.acceptFrom(chain, rules.network(), COMMENT),
                ForeignChain.acceptTo(chain, rules.network(), COMMENT))
            : List.of();
    return ForeignChain.difference(chain, desired, dump.rules(chain), COMMENT, Placement.ADD);
  }

  @Override
  public Map<String, RuntimeException> apply(
      Map<String, TrafficRules> toPut, Map<String, TrafficRules> toRemove) {
    Map<String, RuntimeException> failures = new HashMap<>();
    toPut.forEach(
        (key, rules) -> {
          try {
            NftBatch batch = difference(rules);
            if (!batch.isEmpty()) {
              batch.run(transport);
            }
            if (!LegacyForward.isRight(rules)) {
              LegacyForward.mend(rules);
            }
            written = Optional.of(rules);
          } catch (RuntimeException e) {
            failures.put(key, e);
          }
        });
    return failures;
  }
}
