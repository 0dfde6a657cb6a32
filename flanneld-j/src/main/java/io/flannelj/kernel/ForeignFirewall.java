package io.flannelj.kernel;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.ForeignChain;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.Compare;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Foreign filters of forwarded packets that drop those of pods. An accept verdict of ours does not
 * overrule them, and they are not ours to change; where rules of ours can be kept in a foreign
 * chain without harm, {@link ForwardTable} does so. The legacy tables are read by getsockopt(2):
 * the kernel tells nobody when they change, so they are looked at with every full comparison; what
 * is told of them is what could not be mended.
 */
public final class ForeignFirewall {
  // As flannel's configuration of the bridge plugin names it.
  private static final String POD_BRIDGE = "cni0";

  private final NetlinkTransport netfilter;
  private volatile Set<ChainName> filters = Set.of();

  /** Over a socket of the netfilter family. */
  public ForeignFirewall(NetlinkTransport netfilter) {
    this.netfilter = netfilter;
  }

  /** What drops pods' packets or the tunnel's, a line each, with what lets them pass. */
  public List<String> obstacles(DesiredState desired) {
    IpPrefix network = desired.rules().network();
    List<String> found = new ArrayList<>();
    Set<ChainName> seen = new HashSet<>();
    legacy(network).ifPresent(found::add);
    NftDump dump = new NftDump(netfilter);
    Firewalld.read(dump).ifPresent(firewalld -> firewalld(firewalld, desired, found));
    for (TableName table : dump.tables()) {
      if (isOfFamily(table, network) && !table.equals(Firewalld.TABLE)) {
        for (Chain chain : dump.chains(table)) {
          if (chain.base().filter(base -> base.hook() == Hook.FORWARD).isPresent()) {
            seen.add(chain.name());
            obstacle(dump, chain, network).ifPresent(found::add);
          }
        }
      }
    }
    filters.stream().filter(name -> !isOfFamily(name.table(), network)).forEach(seen::add);
    filters = Set.copyOf(seen);
    return found;
  }

  /** Chains that forwarded packets go through, as last seen; may be called from any thread. */
  public Set<ChainName> filters() {
    return filters;
  }

  private static void firewalld(Firewalld rules, DesiredState desired, List<String> found) {
    VxlanDevice device = desired.device();
    IpPrefix network = desired.rules().network();
    if (!rules.forwards(network, POD_BRIDGE, device.name())) {
      found.add(
          "firewalld rejects what it does not know, pods' packets too: "
              + Firewalld.remedyForPods(List.of(network)));
    }
    if (!rules.admits(device.port(), device.underlay(), Optional.of(device.local()))) {
      found.add(
          "firewalld rejects UDP "
              + device.port()
              + " on "
              + device.underlay()
              + ", by which the tunnel's packets come: "
              + Firewalld.remedyForPort(device.port()));
    }
  }

  private static boolean isOfFamily(TableName table, IpPrefix network) {
    return switch (table.family()) {
      case INET -> true;
      case IP -> network.isIpv4();
      case IP6 -> !network.isIpv4();
      case ARP, NETDEV, BRIDGE -> false;
    };
  }

  private static Optional<String> obstacle(NftDump dump, Chain chain, IpPrefix network) {
    ChainName name = chain.name();
    // iptables-nft's own chain holds rules of ours.
    boolean ours = name.name().equals("FORWARD") && name.table().name().equals("filter");
    List<Rule> rules = dump.rules(name);
    List<Rule> reached = ForeignChain.reached(rules);
    boolean drops = reached.size() < rules.size() || chain.base().orElseThrow().policyDrop();
    if (ours || !drops || reached.stream().anyMatch(rule -> names(rule, network))) {
      return Optional.empty();
    }
    String family = network.isIpv4() ? "ip" : "ip6";
    String rule = "nft insert rule " + name + " " + family;
    return Optional.of(
        "the chain \""
            + name
            + "\" drops forwarded packets, pods' too: "
            + rule
            + " saddr "
            + network
            + " accept; "
            + rule
            + " daddr "
            + network
            + " accept");
  }

  /** Whether a rule speaks of the network: whoever wrote it knows of pods. */
  private static boolean names(Rule rule, IpPrefix network) {
    byte[] address = network.masked().address().toBytes();
    int significant = (network.length() + 7) / 8;
    return rule.expressions().stream()
        .filter(Compare.class::isInstance)
        .map(Compare.class::cast)
        .anyMatch(
            compare -> {
              byte[] data = compare.data().toArray();
              if (data.length < significant || data.length > address.length) {
                return false;
              }
              for (int i = 0; i < significant; i++) {
                if (data[i] != address[i]) {
                  return false;
                }
              }
              return true;
            });
  }

  private static Optional<String> legacy(IpPrefix network) {
    LegacyFamily family = LegacyFamily.of(network.isIpv4());
    if (!family.isLoaded("filter")) {
      return Optional.empty();
    }
    LegacyTables.Filter filter = LegacyTables.filter(family);
    byte[] address = network.masked().address().toBytes();
    if (!filter.forwardDrops()
        || (filter.acceptsFrom(address, network.length())
            && filter.acceptsTo(address, network.length()))) {
      return Optional.empty();
    }
    String append = family.program() + " -A FORWARD ";
    return Optional.of(
        "the policy of "
            + family.program()
            + "'s chain FORWARD drops pods' packets: "
            + append
            + "-s "
            + network
            + " -j ACCEPT; "
            + append
            + "-d "
            + network
            + " -j ACCEPT");
  }
}
