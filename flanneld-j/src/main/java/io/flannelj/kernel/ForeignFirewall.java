package io.flannelj.kernel;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.LegacyTables;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.Compare;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Foreign filters of forwarded packets that drop those of pods. An accept verdict of ours does not
 * overrule them, and they are not ours to change; where rules of ours can be kept in a foreign
 * chain without harm, {@link ForwardTable} does so. The legacy tables are read by getsockopt(2):
 * the kernel tells nobody when they change, so they are looked at with every full comparison.
 */
public final class ForeignFirewall {
  private static final String FIREWALLD = "firewalld";

  private final NetlinkTransport netfilter;

  /** Over a socket of the netfilter family. */
  public ForeignFirewall(NetlinkTransport netfilter) {
    this.netfilter = netfilter;
  }

  /** What drops pods' packets, a line each, with the command that lets them pass. */
  public List<String> obstacles(IpPrefix network) {
    List<String> found = new ArrayList<>();
    if (network.isIpv4()) {
      legacy(network).ifPresent(found::add);
    }
    NftDump dump = new NftDump(netfilter);
    for (TableName table : dump.tables()) {
      if (isOfFamily(table, network)) {
        for (Chain chain : dump.chains(table)) {
          obstacle(dump, chain, network).ifPresent(found::add);
        }
      }
    }
    return found;
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
    boolean forwards = chain.base().filter(base -> base.hook() == Hook.FORWARD).isPresent();
    if (!forwards) {
      return Optional.empty();
    }
    ChainName name = chain.name();
    // iptables-nft's own chain holds rules of ours.
    boolean ours = name.name().equals("FORWARD") && name.table().name().equals("filter");
    boolean ofFirewalld = name.table().name().equals(FIREWALLD);
    boolean drops = chain.base().orElseThrow().policyDrop();
    if (ours || !(drops || ofFirewalld)) {
      return Optional.empty();
    }
    List<Rule> rules = ofFirewalld ? dump.rules(name.table()) : dump.rules(name);
    if (rules.stream().anyMatch(rule -> names(rule, network))) {
      return Optional.empty();
    }
    if (ofFirewalld) {
      return Optional.of(
          "firewalld rejects what it does not know, pods' packets too: firewall-cmd --permanent"
              + " --zone=trusted --add-source="
              + network
              + " && firewall-cmd --reload");
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
    if (!LegacyTables.isLoaded("filter")) {
      return Optional.empty();
    }
    try (FileDescriptor socket = LegacyTables.open()) {
      LegacyTables.Filter filter = LegacyTables.filter(socket);
      byte[] address = network.masked().address().toBytes();
      if (!filter.forwardDrops()
          || (filter.acceptsFrom(address, network.length())
              && filter.acceptsTo(address, network.length()))) {
        return Optional.empty();
      }
      return Optional.of(
          "the policy of iptables-legacy's chain FORWARD drops pods' packets: iptables-legacy -A"
              + " FORWARD -s "
              + network
              + " -j ACCEPT; iptables-legacy -A FORWARD -d "
              + network
              + " -j ACCEPT");
    }
  }
}
