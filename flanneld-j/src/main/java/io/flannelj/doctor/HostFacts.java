package io.flannelj.doctor;

import io.flannelj.kernel.Firewalld;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.IpPrefix;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The node as the checks see it.
 *
 * @param daemon what the running daemon says, empty if none answers
 * @param network what the configuration says
 * @param kernel release, such as 6.1.0-18-amd64
 * @param capabilities effective ones of the daemon, else of this process
 * @param sysctls kernel parameters with slashes; absent keys are those that this kernel lacks
 * @param links network devices by name
 * @param firewall foreign filters of forwarded and incoming packets
 * @param leases all leases known
 * @param cni network configurations in the order in which runtimes read them
 * @param otherDaemons other flanneld processes in this network namespace
 * @param checksums outgoing checksum offload and what came in broken
 * @param probes peers asked through the tunnel
 */
public record HostFacts(
    Optional<DaemonView> daemon,
    Network network,
    String kernel,
    long capabilities,
    Map<String, String> sysctls,
    Map<String, Device> links,
    Firewall firewall,
    List<LeaseView> leases,
    List<CniConfiguration> cni,
    List<String> otherDaemons,
    Checksums checksums,
    Probes probes) {

  /** The daemon: its process and why it is not ready, empty if it is. */
  public record DaemonView(long pid, List<String> reasons) {}

  /**
   * The network.
   *
   * @param prefixes of the cluster's pods, empty if no configuration can be read
   * @param problem why it cannot be read, empty if it can
   * @param port UDP port of the tunnel
   * @param device the tunnel device, IPv4's if there are two
   * @param underlay the device below it, empty if unknown
   */
  public record Network(
      List<IpPrefix> prefixes, String problem, int port, String device, String underlay) {
    /** The tunnel device that a network's packets go through. */
    public String deviceOf(IpPrefix prefix) {
      return prefix.isIpv4() ? device : device.replace("flannel.", "flannel-v6.");
    }

    /** All of them; one where the networks are unknown. */
    public List<String> devices() {
      return prefixes.isEmpty()
          ? List.of(device)
          : prefixes.stream().map(this::deviceOf).distinct().toList();
    }
  }

  /** A device. */
  public record Device(int mtu, boolean up) {}

  /** A lease. */
  public record LeaseView(String node, String subnet, String publicIp, String mac) {}

  /**
   * Foreign filters.
   *
   * @param chains base chains of nftables, iptables-nft's among them
   * @param unread tables that could not be read, and why
   * @param legacy filter tables of iptables-legacy and ip6tables-legacy, of those that are loaded
   * @param firewalld what firewalld lets pass, empty if it does not run
   */
  public record Firewall(
      List<FilterChain> chains,
      List<String> unread,
      List<LegacyRules> legacy,
      Optional<Firewalld> firewalld) {}

  /**
   * A filter table of an iptables-legacy.
   *
   * @param family which one
   * @param rules as -S prints them
   * @param unread whether there is no program to read them
   */
  public record LegacyRules(LegacyFamily family, List<String> rules, boolean unread) {}

  /**
   * A base chain with what it does.
   *
   * @param table family and name
   * @param name the chain
   * @param input whether for packets to the node, else for forwarded ones
   * @param policyDrop whether it drops what no rule decides
   * @param rules all rules of its table's filter chains, as text
   */
  public record FilterChain(
      String table, String name, boolean input, boolean policyDrop, List<RuleView> rules) {}

  /**
   * A rule.
   *
   * @param text as nft prints it
   * @param comment its comment
   * @param udpPorts UDP destination ports that an iptables extension in it names, lowest and
   *     highest
   */
  public record RuleView(String text, String comment, List<int[]> udpPorts) {}

  /** A network configuration: file name, the network's name, its plugins' types. */
  public record CniConfiguration(String file, String network, List<String> types) {}

  /**
   * Checksums.
   *
   * @param offload whether the tunnel device leaves them to others, empty if unknown
   * @param errors UDP and TCP packets with a wrong one since boot
   */
  public record Checksums(Optional<Boolean> offload, long errors) {}

  /** Peers that answered an echo through the tunnel, and those that did not, by node name. */
  public record Probes(List<String> reached, List<String> silent) {}
}
