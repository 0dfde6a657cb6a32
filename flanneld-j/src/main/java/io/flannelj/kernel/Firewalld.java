package io.flannelj.kernel;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.text.NftText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What firewalld lets pass, read from the table that it makes (versions 0.9 to 2). A packet goes to
 * the zone of its source address, else to that of the interface it came in by, else to the default
 * zone; each zone has a chain. What no zone accepts is rejected at the end, by rules that come
 * after ours: an accept of ours does not overrule them.
 *
 * @param chains the texts of the rules of each chain that has any
 */
public record Firewalld(Map<String, List<String>> chains) {
  /** The table that it makes. */
  public static final TableName TABLE = TableName.inet("firewalld");

  // Before version 1 there was a chain for each direction.
  private static final List<String> FORWARDING = List.of("filter_FORWARD", "filter_FORWARD_IN");
  private static final Pattern ZONE =
      Pattern.compile(
          "(?:ip6? saddr (?<source>\\S+) |iifname \"(?<device>[^\"]+)\" |)goto (?<chain>\\S+)");
  private static final Pattern UDP_PORT = Pattern.compile("udp dport (\\d+)(?:-(\\d+))? .*accept");

  /** Copies the chains. */
  public Firewalld {
    Map<String, List<String>> copy = new HashMap<>();
    chains.forEach((name, rules) -> copy.put(name, List.copyOf(rules)));
    chains = Map.copyOf(copy);
  }

  /** Empty if it does not run here. */
  public static Optional<Firewalld> read(NftDump dump) {
    if (!dump.tables().contains(TABLE)) {
      return Optional.empty();
    }
    Map<String, List<String>> chains = new HashMap<>();
    for (Rule rule : dump.rules(TABLE)) {
      chains
          .computeIfAbsent(rule.chain().name(), name -> new ArrayList<>())
          .add(NftText.of(rule).strip());
    }
    return Optional.of(new Firewalld(chains));
  }

  private List<String> rules(String chain) {
    return chains.getOrDefault(chain, List.of());
  }

  /**
   * Whether pods' packets are forwarded: because a zone that accepts everything has the network as
   * a source, or both devices that they come in by.
   */
  public boolean forwards(IpPrefix network, String bridge, String tunnel) {
    return FORWARDING.stream()
            .flatMap(hook -> zoneOf(network, hook).stream())
            .anyMatch(this::accepts)
        || (acceptsFrom(bridge) && acceptsFrom(tunnel));
  }

  private boolean acceptsFrom(String device) {
    return FORWARDING.stream()
        .flatMap(hook -> zoneOf(device, hook).stream())
        .anyMatch(this::accepts);
  }

  /**
   * Whether the tunnel's packets come in.
   *
   * @param port UDP port
   * @param underlay the device that they come in by
   * @param node address of a node on that network, which may be a zone's source
   */
  public boolean admits(int port, String underlay, Optional<IpAddress> node) {
    String hook = "filter_INPUT";
    Optional<String> zone =
        node.flatMap(address -> zoneOf(address.toHostPrefix(), hook))
            .or(() -> zoneOf(underlay, hook))
            .or(() -> rest(hook));
    return zone.isEmpty() || accepts(zone.get()) || acceptsPort(zone.get(), port);
  }

  private Optional<String> zoneOf(IpPrefix network, String hook) {
    return zones(hook)
        .filter(
            rule -> {
              String source = rule.group("source");
              return source != null && contains(source, network);
            })
        .map(rule -> rule.group("chain"))
        .findFirst();
  }

  private Optional<String> zoneOf(String device, String hook) {
    return zones(hook)
        .filter(rule -> device.equals(rule.group("device")))
        .map(rule -> rule.group("chain"))
        .findFirst();
  }

  /** The default zone's. */
  private Optional<String> rest(String hook) {
    return zones(hook)
        .filter(rule -> rule.group("source") == null && rule.group("device") == null)
        .map(rule -> rule.group("chain"))
        .findFirst();
  }

  private Stream<Matcher> zones(String hook) {
    return rules(hook + "_ZONES").stream().map(ZONE::matcher).filter(Matcher::matches);
  }

  private static boolean contains(String source, IpPrefix network) {
    try {
      IpPrefix zone =
          source.contains("/") ? IpPrefix.parse(source) : IpAddress.parse(source).toHostPrefix();
      return zone.isIpv4() == network.isIpv4()
          && zone.length() <= network.length()
          && zone.contains(network.address());
    } catch (IllegalArgumentException e) {
      // An ipset: who is in it is not known here.
      return false;
    }
  }

  /** A zone whose target is ACCEPT accepts at its end what nothing before decided. */
  private boolean accepts(String chain) {
    List<String> rules = rules(chain);
    return !rules.isEmpty() && rules.get(rules.size() - 1).equals("accept");
  }

  private boolean acceptsPort(String chain, int port) {
    return rules(chain + "_allow").stream()
        .map(UDP_PORT::matcher)
        .filter(Matcher::matches)
        .anyMatch(
            rule -> {
              int low = Integer.parseInt(rule.group(1));
              int high = rule.group(2) == null ? low : Integer.parseInt(rule.group(2));
              return low <= port && port <= high;
            });
  }

  /** What lets pods' packets pass, to be typed on the node. */
  public static String remedyForPods(List<IpPrefix> networks) {
    StringBuilder text = new StringBuilder("firewall-cmd --permanent --zone=trusted");
    networks.forEach(network -> text.append(" --add-source=").append(network));
    return text.append("; firewall-cmd --reload").toString();
  }

  /** What lets the tunnel's packets in. */
  public static String remedyForPort(int port) {
    return "firewall-cmd --permanent --add-port=" + port + "/udp; firewall-cmd --reload";
  }
}
