package io.flannelj.desired;

import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules in nft's words: the meaning of flannel's iptables mode.
 *
 * <p>A mark bit that kube-proxy sets is left to kube-proxy. Traffic that enters this node's pods
 * from outside keeps its source; what leaves the network is masqueraded, and so is what enters the
 * network from outside on its way to another node's pods.
 */
public final class RulesPrinter {
  /** Name of our table, as Go flannel's nftables mode names its own. */
  public static final String TABLE = "flannel-ipv4";

  private RulesPrinter() {}

  /** The table as {@code nft list table} prints it, tabs for indents. */
  public static List<String> print(TrafficRules rules) {
    IpPrefix net = rules.network();
    IpPrefix pod = rules.subnet();
    List<String> lines = new ArrayList<>();
    lines.add("table ip " + TABLE + " {");
    lines.add("\tchain forward {");
    lines.add("\t\ttype filter hook forward priority filter; policy accept;");
    if (rules.forward()) {
      lines.add("\t\tip saddr " + net + " accept");
      lines.add("\t\tip daddr " + net + " accept");
    }
    lines.add("\t}");
    lines.add("");
    lines.add("\tchain postrtg {");
    lines.add("\t\ttype nat hook postrouting priority srcnat; policy accept;");
    if (rules.masquerade()) {
      String masquerade = rules.fullyRandom() ? "masquerade fully-random" : "masquerade";
      lines.add("\t\tmeta mark & 0x00004000 == 0x00004000 return");
      lines.add("\t\tip saddr " + pod + " ip daddr " + net + " return");
      lines.add("\t\tip saddr " + net + " ip daddr " + pod + " return");
      lines.add("\t\tip saddr != " + net + " ip daddr " + pod + " return");
      lines.add("\t\tip saddr " + net + " ip daddr != 224.0.0.0/4 " + masquerade);
      lines.add("\t\tip saddr != " + net + " ip daddr " + net + " " + masquerade);
    }
    lines.add("\t}");
    lines.add("}");
    return lines;
  }
}
