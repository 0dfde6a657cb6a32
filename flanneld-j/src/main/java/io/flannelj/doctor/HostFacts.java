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
 * @param leases of all nodes
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
    Leases leases,
    List<CniConfiguration> cni,
    List<String> otherDaemons,
    Checksums checksums,
    Probes probes) {

  /** Whether the kernel has IPv6: not with the parameter {@code ipv6.disable=1}. */
  public boolean hasIpv6() {
    return sysctls.containsKey("net/ipv6/conf/all/forwarding");
  }

  /** Networks of the pods that this kernel can carry. */
  public List<IpPrefix> carried() {
    return network.prefixes().stream().filter(prefix -> prefix.isIpv4() || hasIpv6()).toList();
  }

  /**
   * Whether pods and tunnel are of a family; where the networks are unknown they are taken to be
   * IPv4's.
   */
  public boolean uses(boolean ipv4) {
    return network.prefixes().isEmpty()
        ? ipv4
        : network.prefixes().stream().anyMatch(prefix -> prefix.isIpv4() == ipv4);
  }

  /**
   * The daemon.
   *
   * @param pid its process
   * @param reasons why it is not ready, empty if it is
   * @param limits what it does without on this kernel, as {@code status} tells it
   * @param remarks what it found of others, as {@code status} tells it
   */
  public record DaemonView(
      long pid, List<String> reasons, List<String> limits, List<String> remarks) {}

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
      return deviceOf(prefix.isIpv4());
    }

    String deviceOf(boolean ipv4) {
      return ipv4 ? device : device.replace("flannel.", "flannel-v6.");
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

  /**
   * The leases.
   *
   * @param known all that could be read
   * @param problem why none could be read, empty if they could
   */
  public record Leases(List<LeaseView> known, String problem) {
    /** All of them. */
    public static Leases of(LeaseView... known) {
      return new Leases(List.of(known), "");
    }
  }

  /**
   * A lease; in dual stack its IPv4 half, with the other one.
   *
   * @param publicIp where its tunnel packets go, empty if unknown
   * @param mac of its tunnel device, empty if unknown
   */
  public record LeaseView(
      String node, String subnet, String publicIp, String mac, Optional<LeaseView> ipv6) {
    /** Of one family. */
    public LeaseView(String node, String subnet, String publicIp, String mac) {
      this(node, subnet, publicIp, mac, Optional.empty());
    }

    boolean isIpv4() {
      return !subnet.contains(":");
    }

    /** The half of a family; empty if the node has no subnet of it. */
    Optional<LeaseView> half(boolean ipv4) {
      return isIpv4() == ipv4 ? Optional.of(this) : ipv6;
    }
  }

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
   * @param refusal what drops or rejects whatever no rule decides, such as "policy drop"; empty if
   *     nothing does
   * @param rules all rules of its table's filter chains that a packet can come to, as text
   */
  public record FilterChain(
      String table, String name, boolean input, String refusal, List<RuleView> rules) {
    static final String POLICY = "policy drop";

    boolean refuses() {
      return !refusal.isEmpty();
    }
  }

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
