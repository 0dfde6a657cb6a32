package io.flannelj.doctor;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.doctor.HostFacts.Checksums;
import io.flannelj.doctor.HostFacts.DaemonView;
import io.flannelj.doctor.HostFacts.Device;
import io.flannelj.doctor.HostFacts.Network;
import io.flannelj.kernel.Capabilities;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.ethtool.EthtoolFeatures;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.sysctl.Sysctl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the facts of the node it runs on. What cannot be read is left out: a check then says so.
 *
 * @param netConf net-conf.json, for a node without daemon
 * @param storeDir the store directory, for a node without daemon
 * @param cniDir network configurations
 */
public record HostReader(Path netConf, Path storeDir, Path cniDir) {
  private static final List<String> SYSCTLS =
      List.of(
          "net/ipv4/ip_forward",
          "net/ipv6/conf/all/forwarding",
          "net/ipv4/conf/all/rp_filter",
          "net/bridge/bridge-nf-call-iptables",
          "net/bridge/bridge-nf-call-ip6tables");

  /**
   * Reads.
   *
   * @param status what {@code flanneld-j status --json} tells, empty if no daemon answers
   */
  public HostFacts read(Optional<JsonObject> status) {
    try (NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
        NetlinkSocket netfilter = NetlinkSocket.open(NetlinkFamily.NETFILTER)) {
      Map<String, Integer> indexes = new HashMap<>();
      Map<String, Device> links = links(route, indexes);
      ClusterReader cluster = new ClusterReader(netConf, storeDir, cniDir, status);
      Network network = cluster.network(route, indexes);
      Optional<DaemonView> daemon = status.map(HostReader::daemon);
      return new HostFacts(
          daemon,
          network,
          line(Path.of("/proc/sys/kernel/osrelease")),
          Capabilities.effective(
              Path.of(
                  daemon
                      .map(view -> "/proc/" + view.pid() + "/status")
                      .orElse("/proc/self/status"))),
          sysctls(network),
          links,
          new FirewallReader(netfilter).read(),
          cluster.leases(),
          cluster.cni(),
          new Rivals(daemon.map(DaemonView::pid)).find(),
          new Checksums(offload(indexes.getOrDefault(network.device(), 0)), checksumErrors()),
          cluster.probe());
    }
  }

  private static DaemonView daemon(JsonObject status) {
    return new DaemonView(
        status.integer("pid", 0, Long.MAX_VALUE).orElse(0L),
        status.texts("reasons"),
        status.texts("limits"),
        status.texts("remarks"));
  }

  private static Map<String, Device> links(NetlinkSocket route, Map<String, Integer> indexes) {
    Map<String, Device> links = new HashMap<>();
    route.dump(Links.list()).stream()
        .map(LinkInfo::of)
        .forEach(
            link -> {
              links.put(link.name(), new Device(link.mtu(), link.isUp()));
              indexes.put(link.name(), link.index());
            });
    return links;
  }

  private static Map<String, String> sysctls(Network network) {
    Sysctl sysctl = new Sysctl();
    Map<String, String> values = new HashMap<>();
    for (String key : SYSCTLS) {
      sysctl.read(key).ifPresent(value -> values.put(key, value));
    }
    for (String device : List.of(network.device(), network.underlay())) {
      String key = "net/ipv4/conf/" + device + "/rp_filter";
      if (!device.isEmpty()) {
        sysctl.read(key).ifPresent(value -> values.put(key, value));
      }
    }
    return values;
  }

  private static Optional<Boolean> offload(int index) {
    if (index == 0) {
      return Optional.empty();
    }
    try (NetlinkSocket generic = NetlinkSocket.open(NetlinkFamily.GENERIC)) {
      return Optional.of(
          new EthtoolFeatures(generic)
              .active(index)
              .contains(EthtoolFeatures.TX_CHECKSUM_IP_GENERIC));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /** /proc/net/snmp: a line of names and one of numbers for each protocol. */
  private static long checksumErrors() {
    long errors = 0;
    try {
      List<String> lines = Files.readAllLines(Path.of("/proc/self/net/snmp"));
      for (int i = 0; i + 1 < lines.size(); i += 2) {
        String[] names = lines.get(i).split(" ");
        String[] values = lines.get(i + 1).split(" ");
        for (int column = 1; column < Math.min(names.length, values.length); column++) {
          boolean counts = names[0].equals("Udp:") || names[0].equals("Tcp:");
          if (counts && names[column].equals("InCsumErrors")) {
            errors += Long.parseLong(values[column]);
          }
        }
      }
      return errors + udp6ChecksumErrors();
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /** TCP's are counted for both families together; a kernel without IPv6 has no such file. */
  private static long udp6ChecksumErrors() throws IOException {
    Path counters = Path.of("/proc/self/net/snmp6");
    return Files.exists(counters)
        ? Files.readAllLines(counters).stream()
            .filter(line -> line.startsWith("Udp6InCsumErrors"))
            .mapToLong(line -> Long.parseLong(line.replaceFirst("\\S+\\s+", "").strip()))
            .sum()
        : 0;
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
