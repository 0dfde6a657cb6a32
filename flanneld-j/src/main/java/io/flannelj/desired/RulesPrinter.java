package io.flannelj.desired;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules in nft's words: the meaning of flannel's iptables mode.
 *
 * <p>A mark bit that kube-proxy sets is left to kube-proxy. Traffic that enters this node's pods
 * from outside keeps its source; what leaves the network is masqueraded, and so is what enters the
 * network from outside on its way to another node's pods.
 *
 * <p>A chain without rules is left out: a base chain of type nat makes the kernel track every
 * connection of the namespace, rules or not, and takes some 7 % of the throughput.
 */
public final class RulesPrinter {
  private static final String IPV4_TABLE = "flannel-ipv4";
  private static final String IPV6_TABLE = "flannel-ipv6";
  private static final IpPrefix MULTICAST_IPV4 = IpPrefix.parse("224.0.0.0/4");
  private static final IpPrefix MULTICAST_IPV6 = IpPrefix.parse("ff00::/8");

  private RulesPrinter() {}

  /** Name of our table, as Go flannel's nftables mode names its own. */
  public static String table(TrafficRules rules) {
    return table(AddressFamily.of(rules.network()));
  }

  /** The same by its family. */
  public static String table(AddressFamily family) {
    return family == AddressFamily.IPV4 ? IPV4_TABLE : IPV6_TABLE;
  }

  /** The table as {@code nft list table} prints it, tabs for indents. */
  public static List<String> print(TrafficRules rules) {
    List<String> lines = new ArrayList<>();
    String ip = rules.network().isIpv4() ? "ip" : "ip6";
    lines.add("table " + ip + " " + table(rules) + " {");
    if (rules.forward()) {
      lines.add("\tchain forward {");
      lines.add("\t\ttype filter hook forward priority filter; policy accept;");
      lines.add("\t\t" + ip + " saddr " + rules.network() + " accept");
      lines.add("\t\t" + ip + " daddr " + rules.network() + " accept");
      lines.add("\t}");
    }
    if (rules.masquerade()) {
      if (rules.forward()) {
        lines.add("");
      }
      postrouting(lines, ip, rules);
    }
    lines.add("}");
    return lines;
  }

  private static void postrouting(List<String> lines, String ip, TrafficRules rules) {
    IpPrefix net = rules.network();
    IpPrefix pod = rules.subnet();
    String masquerade = rules.fullyRandom() ? "masquerade fully-random" : "masquerade";
    lines.add("\tchain postrtg {");
    lines.add("\t\ttype nat hook postrouting priority srcnat; policy accept;");
    lines.add("\t\tmeta mark & 0x00004000 == 0x00004000 return");
    lines.add("\t\t" + ip + " saddr " + pod + " " + ip + " daddr " + net + " return");
    lines.add("\t\t" + ip + " saddr " + net + " " + ip + " daddr " + pod + " return");
    lines.add("\t\t" + ip + " saddr != " + net + " " + ip + " daddr " + pod + " return");
    String outward = ip + " saddr " + net + " " + ip + " daddr != " + multicast(net);
    lines.add("\t\t" + outward + " " + masquerade);
    lines.add("\t\t" + ip + " saddr != " + net + " " + ip + " daddr " + net + " " + masquerade);
    lines.add("\t}");
  }

  /** What no masquerading applies to in the network's family. */
  public static IpPrefix multicast(IpPrefix network) {
    return network.isIpv4() ? MULTICAST_IPV4 : MULTICAST_IPV6;
  }
}
