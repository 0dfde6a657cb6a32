package io.flannelj.doctor;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.config.ConfigException;
import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.doctor.HostFacts.CniConfiguration;
import io.flannelj.doctor.HostFacts.LeaseView;
import io.flannelj.doctor.HostFacts.Leases;
import io.flannelj.doctor.HostFacts.Network;
import io.flannelj.doctor.HostFacts.Probes;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.store.StoreException;
import io.flannelj.store.directory.LeaseFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Configuration and leases: from the daemon where one answers, else from the files. */
record ClusterReader(Path netConf, Path storeDir, Path cniDir, Optional<JsonObject> status) {
  private static final int MOST_PROBES = 8;
  private static final int PROBE_MILLIS = 1000;
  private static final long PATIENCE_SECONDS = 10;

  Network network(NetlinkTransport route, Map<String, Integer> indexes) {
    Optional<JsonObject> first =
        status.flatMap(page -> page.objects("devices").stream().findFirst());
    if (first.isPresent()) {
      List<IpPrefix> prefixes =
          status.get().objects("devices").stream()
              .map(device -> IpPrefix.parse(device.textOrEmpty("network")))
              .toList();
      JsonObject device = first.get();
      return new Network(
          prefixes,
          "",
          device.integer("port").orElse(0),
          device.textOrEmpty("name"),
          device.textOrEmpty("underlay"));
    }
    try {
      NetConf conf = NetConfReader.read(Files.readString(netConf));
      String device = conf.vxlan().deviceName(conf.families().get(0));
      return new Network(
          conf.pools().stream().map(pool -> pool.network()).toList(),
          "",
          conf.vxlan().port(),
          device,
          underlay(route, device, indexes));
    } catch (IOException e) {
      return new Network(List.of(), netConf + " cannot be read: " + e, 8472, "flannel.1", "");
    } catch (ConfigException e) {
      return new Network(List.of(), netConf + ": " + e.getMessage(), 8472, "flannel.1", "");
    }
  }

  private static String underlay(
      NetlinkTransport route, String device, Map<String, Integer> indexes) {
    int below =
        route.dump(Links.listKind("vxlan")).stream()
            .map(LinkInfo::of)
            .filter(link -> link.name().equals(device) && link.vxlan().isPresent())
            .map(link -> link.vxlan().get().underlay())
            .findFirst()
            .orElse(0);
    return indexes.entrySet().stream()
        .filter(entry -> entry.getValue() == below)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("");
  }

  Leases leases() {
    if (status.isPresent()) {
      List<LeaseView> leases = new ArrayList<>();
      status.get().object("lease").ifPresent(own -> leases.add(view(own)));
      status.get().objects("peers").forEach(peer -> leases.add(view(peer)));
      return new Leases(leases, "");
    }
    return leasesOfFiles();
  }

  /** A call into a file system that hangs does not return, so it is made by a thread of its own. */
  private Leases leasesOfFiles() {
    CompletableFuture<Leases> leases = new CompletableFuture<>();
    Thread thread = new Thread(() -> leases.complete(leasesIn(storeDir)), "leases");
    thread.setDaemon(true);
    thread.start();
    StoreException silent = StoreException.silent("directory " + storeDir, PATIENCE_SECONDS);
    return leases
        .completeOnTimeout(
            new Leases(List.of(), String.valueOf(silent.getMessage())),
            PATIENCE_SECONDS,
            TimeUnit.SECONDS)
        .join();
  }

  /** There is no such directory where etcd or Kubernetes keep the leases. */
  private static Leases leasesIn(Path directory) {
    List<LeaseView> leases = new ArrayList<>();
    try {
      for (Path file : list(directory)) {
        read(file).ifPresent(leases::add);
      }
      return new Leases(leases, "");
    } catch (NoSuchFileException e) {
      return Leases.of();
    } catch (IOException e) {
      return new Leases(List.of(), "store directory " + directory + " cannot be read: " + e);
    }
  }

  /** A torn file is the daemon's to report: a duplicate cannot be told from one. */
  private static Optional<LeaseView> read(Path file) {
    Optional<SubnetKey> key = LeaseFile.keyOf(file.getFileName().toString());
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try {
      Lease lease = LeaseFile.read(key.get(), Files.readAllBytes(file));
      return Optional.of(view(lease));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static LeaseView view(Lease lease) {
    return new LeaseView(
        lease.node(),
        lease.subnet().toString(),
        lease.publicIp().toString(),
        lease.vtepMac().map(Object::toString).orElse(""),
        lease.ipv6().map(ClusterReader::view));
  }

  private static LeaseView view(JsonObject lease) {
    String node = lease.textOrEmpty("node");
    return new LeaseView(
        node,
        lease.textOrEmpty("subnet"),
        lease.textOrEmpty("publicIp"),
        lease.textOrEmpty("mac"),
        lease
            .text("ipv6Subnet")
            .map(
                subnet ->
                    new LeaseView(
                        node,
                        subnet,
                        lease.textOrEmpty("ipv6PublicIp"),
                        lease.textOrEmpty("ipv6Mac"))));
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /** As libcni reads: .conf, .conflist and .json, by name. */
  List<CniConfiguration> cni() {
    List<CniConfiguration> configurations = new ArrayList<>();
    List<Path> files;
    try {
      files = list(cniDir);
    } catch (IOException e) {
      return List.of();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (!name.matches(".*\\.(conf|conflist|json)")) {
        continue;
      }
      try {
        JsonObject conf = (JsonObject) Json.parse(Files.readAllBytes(file));
        List<String> types = new ArrayList<>();
        conf.objects("plugins").forEach(plugin -> types.add(plugin.textOrEmpty("type")));
        conf.text("type").ifPresent(types::add);
        configurations.add(new CniConfiguration(name, conf.textOrEmpty("name"), types));
      } catch (IOException | JsonException | ClassCastException e) {
        configurations.add(new CniConfiguration(name, "unreadable", List.of()));
      }
    }
    return configurations;
  }

  /** Asks some peers' devices through the tunnel, all at once; needs root for ICMP. */
  Probes probe() {
    List<JsonObject> asked =
        status.stream()
            .flatMap(page -> page.objects("peers").stream())
            .filter(peer -> peer.textOrEmpty("path").equals("tunnel"))
            .limit(MOST_PROBES)
            .toList();
    List<String> reached = Collections.synchronizedList(new ArrayList<>());
    List<String> silent = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (JsonObject peer : asked) {
      Thread thread =
          new Thread(
              () -> {
                String node = peer.textOrEmpty("node");
                boolean second = peer.textOrEmpty("ipv6Path").equals("tunnel");
                boolean first = answers(peer.textOrEmpty("subnet"));
                if (first && second && !answers(peer.textOrEmpty("ipv6Subnet"))) {
                  silent.add(node + " over IPv6");
                } else {
                  (first ? reached : silent).add(node);
                }
              },
              "probe");
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new Probes(List.copyOf(reached), List.copyOf(silent));
  }

  private static boolean answers(String prefix) {
    try {
      IpPrefix subnet = IpPrefix.parse(prefix);
      return InetAddress.getByAddress(subnet.address().toBytes()).isReachable(PROBE_MILLIS);
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }
}
