package io.flannelj.doctor;

import static java.util.stream.Collectors.toSet;

import io.flannelj.doctor.HostFacts.CniConfiguration;
import io.flannelj.doctor.HostFacts.DaemonView;
import io.flannelj.doctor.HostFacts.LeaseView;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The daemon, its rivals, leases, CNI configurations, and whether peers answer. */
final class ClusterChecks {
  private static final int MOST_NAMES = 5;

  private ClusterChecks() {}

  static List<Finding> run(HostFacts facts) {
    List<Finding> findings = new ArrayList<>();
    findings.add(daemon(facts));
    facts.daemon().ifPresent(daemon -> findings.addAll(told(daemon)));
    findings.add(configuration(facts));
    findings.add(rivals(facts));
    findings.add(leases(facts));
    findings.add(cni(facts));
    findings.add(tunnel(facts));
    return findings;
  }

  private static Finding daemon(HostFacts facts) {
    Optional<DaemonView> daemon = facts.daemon();
    if (daemon.isEmpty()) {
      return Finding.warn(
          "daemon",
          "none answers: nothing follows the leases or mends the kernel; pods talk on",
          "systemctl start flanneld-j (or flanneld-j run)");
    }
    return daemon.get().reasons().isEmpty()
        ? Finding.ok("daemon", "ready, pid " + daemon.get().pid())
        : Finding.fail(
            "daemon", String.join("; ", daemon.get().reasons()), "flanneld-j status tells more");
  }

  /** What status says beside; of br_netfilter there is a check of its own. */
  private static List<Finding> told(DaemonView daemon) {
    List<Finding> findings = new ArrayList<>();
    for (String limit : daemon.limits()) {
      if (!limit.startsWith("br_netfilter")) {
        findings.add(Finding.warn("limit", limit, ""));
      }
    }
    daemon.remarks().forEach(remark -> findings.add(Finding.warn("remark", remark, "")));
    return findings;
  }

  private static Finding configuration(HostFacts facts) {
    return facts.network().problem().isEmpty()
        ? Finding.ok(
            "network",
            String.join(", ", facts.network().prefixes().stream().map(Object::toString).toList())
                + " over "
                + String.join(", ", facts.network().devices()))
        : Finding.fail("network", facts.network().problem(), "write net-conf.json");
  }

  private static Finding rivals(HostFacts facts) {
    return facts.otherDaemons().isEmpty()
        ? Finding.ok("rivals", "no other flanneld in this network namespace")
        : Finding.fail(
            "rivals",
            String.join(", ", facts.otherDaemons())
                + ": two daemons undo each other's routes and lease twice",
            "stop one of them: systemctl disable --now flanneld, or kubectl -n kube-flannel delete"
                + " daemonset kube-flannel-ds");
  }

  private static Finding leases(HostFacts facts) {
    String problem = facts.leases().problem();
    return problem.isEmpty() ? duplicates(facts) : Finding.fail("leases", problem, "");
  }

  private static Finding duplicates(HostFacts facts) {
    List<String> twice = new ArrayList<>();
    List<String> commands = new ArrayList<>();
    // A node's devices of both families may well have one MAC.
    for (boolean ipv4 : new boolean[] {true, false}) {
      List<LeaseView> halves = halves(facts, ipv4);
      List<String> found = new ArrayList<>(twice("MAC", halves, LeaseView::mac));
      found.addAll(twice("public address", halves, LeaseView::publicIp));
      if (!found.isEmpty()) {
        twice.addAll(found);
        commands.add(newMac(facts.network().deviceOf(ipv4)));
      }
    }
    List<String> within =
        Stream.of(true, false).flatMap(ipv4 -> within(halves(facts, ipv4)).stream()).toList();
    if (twice.isEmpty() && !within.isEmpty()) {
      return Finding.fail(
          "leases",
          String.join("; ", within) + ": packets for one of them go to the other",
          "is one of these nodes gone? remove its lease; else remove the lease of one and restart"
              + " its daemon, which then takes another subnet");
    }
    twice.addAll(within);
    return twice.isEmpty()
        ? Finding.ok(
            "leases", facts.leases().known().size() + ", no MAC, public address or subnet twice")
        : Finding.fail(
            "leases",
            String.join("; ", twice) + ": packets for one of them go to the other",
            "machines cloned from one image? on one of them: systemctl stop flanneld-j; "
                + String.join("; ", commands)
                + "; systemctl start flanneld-j; a node that is gone: remove its lease");
  }

  /** A daemon that runs, and one that finds no device, take the MAC of their lease again. */
  private static String newMac(String device) {
    return "ip link set " + device + " address 02$(od -An -N5 -tx1 /dev/urandom | tr ' ' :)";
  }

  private static List<LeaseView> halves(HostFacts facts, boolean ipv4) {
    return facts.leases().known().stream().flatMap(lease -> lease.half(ipv4).stream()).toList();
  }

  /** Of two prefixes that overlap one is within the other. */
  private static List<String> within(List<LeaseView> leases) {
    Map<IpPrefix, String> nodes = new LinkedHashMap<>();
    leases.forEach(lease -> nodes.putIfAbsent(IpPrefix.parse(lease.subnet()), lease.node()));
    Set<Integer> lengths = nodes.keySet().stream().map(IpPrefix::length).collect(toSet());
    List<String> found = new ArrayList<>();
    nodes.forEach(
        (subnet, node) -> {
          for (int length : lengths) {
            if (length < subnet.length()) {
              IpPrefix wider = new IpPrefix(subnet.address(), length).masked();
              if (nodes.containsKey(wider)) {
                found.add(
                    "subnet "
                        + subnet
                        + " of "
                        + node
                        + " within "
                        + wider
                        + " of "
                        + nodes.get(wider));
              }
            }
          }
        });
    return found;
  }

  private static List<String> twice(
      String what, List<LeaseView> leases, Function<LeaseView, String> key) {
    Map<String, List<String>> holders = new TreeMap<>();
    for (LeaseView lease : leases) {
      if (!key.apply(lease).isEmpty()) {
        holders.computeIfAbsent(key.apply(lease), same -> new ArrayList<>()).add(lease.node());
      }
    }
    return holders.entrySet().stream()
        .filter(entry -> entry.getValue().size() > 1)
        .map(entry -> what + " " + entry.getKey() + " of " + String.join(" and ", entry.getValue()))
        .toList();
  }

  /** A runtime takes the first file by name and heeds no other. */
  private static Finding cni(HostFacts facts) {
    if (facts.cni().isEmpty()) {
      return Finding.warn(
          "cni",
          "no network configuration in /etc/cni/net.d: the runtime gives pods no network",
          "put flannel's 10-flannel.conflist there");
    }
    CniConfiguration first = facts.cni().get(0);
    if (first.types().contains("flannel")) {
      return Finding.ok("cni", first.file() + " is the first, network " + first.network());
    }
    boolean ours = facts.cni().stream().anyMatch(one -> one.types().contains("flannel"));
    String text =
        first.file()
            + " (network "
            + first.network()
            + ", "
            + String.join(" ", first.types())
            + ") is the first: the runtime uses that network, not flannel's";
    return ours
        ? Finding.fail("cni", text, "mv /etc/cni/net.d/" + first.file() + " /root/")
        : Finding.warn(
            "cni", text + ", of which there is none", "put flannel's 10-flannel.conflist there");
  }

  private static Finding tunnel(HostFacts facts) {
    List<String> silent = facts.probes().silent();
    int reached = facts.probes().reached().size();
    if (silent.isEmpty()) {
      return Finding.ok(
          "tunnel",
          reached == 0
              ? "no peer to ask"
              : reached + " of " + reached + " peers asked answer an echo through the tunnel");
    }
    String text =
        silent.size()
            + " of "
            + (reached + silent.size())
            + " peers asked do not answer an echo through the tunnel: "
            + String.join(", ", silent.subList(0, Math.min(MOST_NAMES, silent.size())))
            + (silent.size() > MOST_NAMES ? ", ..." : "");
    String port = String.valueOf(facts.network().port());
    String remedy =
        "do they run? then see what arrives there: tcpdump -ni any udp port "
            + port
            + "; if nothing does, let UDP "
            + port
            + " pass between the nodes (cloud security group, firewall)";
    return reached == 0
        ? Finding.fail("tunnel", text, remedy)
        : Finding.warn("tunnel", text, remedy);
  }
}
