package io.flannelj.doctor;

import io.flannelj.doctor.HostFacts.FilterChain;
import io.flannelj.doctor.HostFacts.Firewall;
import io.flannelj.doctor.HostFacts.LegacyRules;
import io.flannelj.doctor.HostFacts.RuleView;
import io.flannelj.kernel.LegacyForward;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Foreign filters. A ruleset cannot be run here, so a rule is judged by what it names; what is not
 * certain is a warning.
 */
final class FirewallChecks {
  private static final Pattern PORTS = Pattern.compile("dport (\\{[^}]*\\}|\\S+)");
  private static final Pattern RANGE = Pattern.compile("(\\d+)(?:-(\\d+))?");
  private static final String LEGACY_DROP = "-P FORWARD DROP";
  // Accepts that cannot be for the tunnel.
  private static final Pattern OTHERS =
      Pattern.compile("(?s).*(\\blo\\b|ct state|icmp|\\btcp\\b|mark).*");

  private FirewallChecks() {}

  static List<Finding> run(HostFacts facts) {
    List<Finding> findings = new ArrayList<>();
    findings.add(port(facts));
    findings.add(forward(facts));
    Firewall firewall = facts.firewall();
    firewall.firewalld().ifPresent(rules -> findings.add(FirewalldCheck.judge(rules, facts)));
    List<String> unread = new ArrayList<>(firewall.unread());
    for (LegacyRules legacy : firewall.legacy()) {
      if (legacy.unread()) {
        String program = legacy.family().program();
        unread.add("tables of " + program + " (no program " + program + " here)");
      }
    }
    if (!unread.isEmpty()) {
      findings.add(Finding.warn("firewall", "could not be read: " + String.join("; ", unread), ""));
    }
    return findings;
  }

  private static Finding port(HostFacts facts) {
    int port = facts.network().port();
    for (FilterChain chain : facts.firewall().chains()) {
      // The nodes' addresses are of the family of the pods that the tunnel carries.
      if (!chain.input() || !concerns(chain, facts)) {
        continue;
      }
      boolean accepted = false;
      boolean perhaps = false;
      for (RuleView rule : chain.rules()) {
        boolean named = names(rule, port);
        if (named && isDrop(rule) && !accepted) {
          return Finding.fail(
              "udp-port",
              chain.table() + " drops UDP " + port + " (" + rule.text().strip() + ")",
              insert(chain, "udp dport " + port + " accept"));
        }
        accepted |= named && rule.text().contains("accept");
        perhaps |= rule.text().contains("accept") && !OTHERS.matcher(rule.text()).matches();
      }
      if (chain.refuses() && !accepted) {
        String text =
            chain.table()
                + " "
                + chain.name()
                + " has "
                + chain.refusal()
                + " and no rule names UDP "
                + port;
        String remedy = insert(chain, "udp dport " + port + " accept");
        return perhaps
            ? Finding.warn("udp-port", text + ", though others accept something", remedy)
            : Finding.fail("udp-port", text + ": no packet of the tunnel comes in", remedy);
      }
    }
    return legacyPort(facts, port);
  }

  private static Finding legacyPort(HostFacts facts, int port) {
    for (LegacyRules legacy : facts.firewall().legacy()) {
      String program = legacy.family().program();
      if (!facts.uses(legacy.family() == LegacyFamily.IPV4)) {
        continue;
      }
      for (String rule : legacy.rules()) {
        if (rule.startsWith("-A INPUT")
            && rule.contains("--dport " + port)
            && (rule.endsWith("-j DROP") || rule.contains("-j REJECT"))) {
          return Finding.fail(
              "udp-port",
              program + " drops UDP " + port + " (" + rule + ")",
              program + " -I INPUT -p udp --dport " + port + " -j ACCEPT");
        }
      }
    }
    return Finding.ok(
        "udp-port",
        "nothing seen on this node drops UDP "
            + port
            + "; what firewalls between the nodes do is not known here (see tunnel)");
  }

  /** A table of family inet is for both. */
  private static boolean concerns(FilterChain chain, HostFacts facts) {
    return (facts.uses(true) && sees(chain, true)) || (facts.uses(false) && sees(chain, false));
  }

  private static boolean sees(FilterChain chain, boolean ipv4) {
    return !chain.table().startsWith(ipv4 ? "ip6 " : "ip ");
  }

  private static Finding forward(HostFacts facts) {
    List<IpPrefix> prefixes = facts.network().prefixes();
    if (prefixes.isEmpty()) {
      return forwardForUnknown(facts.firewall());
    }
    List<Finding> found = new ArrayList<>();
    for (FilterChain chain : facts.firewall().chains()) {
      if (!chain.input() && chain.refuses()) {
        nftForward(chain, prefixes).ifPresent(found::add);
      }
    }
    for (LegacyRules legacy : facts.firewall().legacy()) {
      legacyForward(legacy, prefixes).ifPresent(found::add);
    }
    return found.isEmpty()
        ? Finding.ok("forward", "no chain drops what is forwarded from and to pods")
        : Finding.fail(
            "forward",
            String.join("; ", found.stream().map(Finding::text).toList()),
            String.join("; ", found.stream().map(Finding::remedy).toList()));
  }

  /** Whether a rule is for the pods cannot be told then. */
  private static Finding forwardForUnknown(Firewall firewall) {
    List<String> dropping = new ArrayList<>();
    for (FilterChain chain : firewall.chains()) {
      if (!chain.input() && chain.refuses() && !isOpened(chain)) {
        dropping.add(chain.table() + " " + chain.name() + " has " + chain.refusal());
      }
    }
    for (LegacyRules legacy : firewall.legacy()) {
      legacyRefusal(legacy)
          .ifPresent(text -> dropping.add(legacy.family().program() + " FORWARD has " + text));
    }
    return dropping.isEmpty()
        ? Finding.ok("forward", "no chain drops what is forwarded from and to pods")
        : Finding.warn(
            "forward",
            String.join(", ", dropping)
                + ", and the pods' network is not known (see network): perhaps what"
                + " they send or get is dropped",
            "");
  }

  /** By our daemon. */
  private static boolean isOpened(FilterChain chain) {
    return chain.rules().stream().anyMatch(rule -> rule.comment().equals("flanneld forward"));
  }

  private static Optional<Finding> nftForward(FilterChain chain, List<IpPrefix> prefixes) {
    List<IpPrefix> dropped =
        prefixes.stream()
            .filter(prefix -> !isOpened(chain) && sees(chain, prefix.isIpv4()))
            .filter(
                prefix ->
                    chain.rules().stream()
                        .noneMatch(
                            rule ->
                                rule.text().contains("accept")
                                    && isFor(List.of(prefix), rule.text())))
            .toList();
    if (dropped.isEmpty()) {
      return Optional.empty();
    }
    List<String> commands = new ArrayList<>();
    for (IpPrefix prefix : dropped) {
      String family = prefix.isIpv4() ? "ip" : "ip6";
      commands.add(insert(chain, family + " saddr " + prefix + " accept"));
      commands.add(insert(chain, family + " daddr " + prefix + " accept"));
    }
    return Optional.of(
        Finding.fail(
            "forward",
            chain.table()
                + " "
                + chain.name()
                + " has "
                + chain.refusal()
                + " and no rule for the pods"
                + (dropped.size() < prefixes.size() && sees(chain, true) && sees(chain, false)
                    ? " of " + dropped.get(0)
                    : "")
                + ": what they send or get is dropped",
            String.join("; ", commands)));
  }

  private static Optional<Finding> legacyForward(LegacyRules legacy, List<IpPrefix> all) {
    boolean ipv4 = legacy.family() == LegacyFamily.IPV4;
    List<IpPrefix> prefixes = all.stream().filter(prefix -> prefix.isIpv4() == ipv4).toList();
    boolean accepted =
        legacy.rules().stream()
            .takeWhile(rule -> !LegacyForward.refusesAll(rule))
            .anyMatch(
                rule ->
                    rule.startsWith("-A FORWARD")
                        && rule.endsWith("-j ACCEPT")
                        && isFor(prefixes, rule));
    Optional<String> refusal = legacyRefusal(legacy);
    if (prefixes.isEmpty() || accepted || refusal.isEmpty()) {
      return Optional.empty();
    }
    List<String> commands = new ArrayList<>();
    String insert = legacy.family().program() + " -I FORWARD ";
    for (IpPrefix prefix : prefixes) {
      commands.add(insert + "-s " + prefix + " -j ACCEPT");
      commands.add(insert + "-d " + prefix + " -j ACCEPT");
    }
    return Optional.of(
        Finding.fail(
            "forward",
            legacy.family().program()
                + " FORWARD has "
                + refusal.get()
                + " and no rule for the pods, and our own accept"
                + " cannot overrule it",
            String.join("; ", commands)));
  }

  /** What drops or rejects whatever no rule of FORWARD accepts. */
  private static Optional<String> legacyRefusal(LegacyRules legacy) {
    if (legacy.rules().contains(LEGACY_DROP)) {
      return Optional.of("policy DROP");
    }
    return legacy.rules().stream()
        .filter(LegacyForward::refusesAll)
        .findFirst()
        .map(rule -> "the rule \"" + rule + "\"");
  }

  private static boolean isFor(List<IpPrefix> prefixes, String rule) {
    return prefixes.stream().anyMatch(prefix -> rule.contains(prefix.toString()));
  }

  private static String insert(FilterChain chain, String rule) {
    return "nft insert rule " + chain.table() + " " + chain.name() + " " + rule;
  }

  private static boolean isDrop(RuleView rule) {
    return rule.text().contains("drop")
        || rule.text().contains("reject")
        || rule.text().contains("[ target ]");
  }

  private static boolean names(RuleView rule, int port) {
    for (int[] range : rule.udpPorts()) {
      if (range[0] <= port && port <= range[1]) {
        return true;
      }
    }
    if (!rule.text().contains("udp") && !rule.text().contains("th dport")) {
      return false;
    }
    Matcher ports = PORTS.matcher(rule.text());
    while (ports.find()) {
      Matcher range = RANGE.matcher(ports.group(1));
      while (range.find()) {
        int low = Integer.parseInt(range.group(1));
        int high = range.group(2) == null ? low : Integer.parseInt(range.group(2));
        if (low <= port && port <= high) {
          return true;
        }
      }
    }
    return false;
  }
}
