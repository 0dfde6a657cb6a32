package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.Relay;
import io.flannelj.testkit.servers.RequiresEtcd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real etcd does to a real daemon, and what happens without it. */
@Tag("netns")
@RequiresRoot
@RequiresEtcd
@Timeout(240)
class EtcdDaemonTest {
  private static final String NETWORK = "{\"Network\":\"10.244.0.0/16\"}";
  private static final String PEER_ROUTE = "10.244.7.0/24 via 10.244.7.0 dev flannel.1";
  // -Detcd.lease.seconds=60: what the tests in a build do in short.
  private static final int LEASE_SECONDS = Integer.getInteger("etcd.lease.seconds", 4);
  private static final String RUN_OUT = "--etcd-lease-seconds=" + LEASE_SECONDS;

  @TempDir private static Path place = Path.of("");
  private static @Nullable EtcdServer server;

  private final List<Relay> relays = new ArrayList<>();
  private final String prefix = "/" + Integer.toHexString(System.identityHashCode(this));
  @TempDir private Path directory = Path.of("");

  @BeforeAll
  static void startEtcd() {
    server = EtcdServer.plain(place);
  }

  @AfterAll
  static void endEtcd() {
    etcd().close();
  }

  @AfterEach
  void endRelays() {
    relays.forEach(Relay::close);
  }

  private static EtcdServer etcd() {
    return Optional.ofNullable(server).orElseThrow();
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60 + 2 * LEASE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting until %s", what).isLessThan(end);
      Thread.sleep(50);
    }
  }

  /** The last relay is that of the last daemon. */
  private TestDaemon start(int number, String before, boolean reachable, String... flags)
      throws IOException {
    return new TestDaemon(
        directory.resolve("node" + number),
        namespace -> {
          Relay relay = new Relay(etcd().endpoint(), namespace);
          relays.add(relay);
          if (reachable) {
            relay.restore();
          }
          List<String> all = new ArrayList<>(Arrays.asList(flags));
          all.addAll(
              List.of(
                  "--store=etcd", "--etcd-endpoints=" + relay.url(), "--etcd-prefix=" + prefix));
          return all;
        },
        "node" + number,
        number,
        before,
        Map.of());
  }

  private Relay relay() {
    return relays.get(relays.size() - 1);
  }

  private void configure(String text) {
    etcd().put(prefix + "/config", text);
  }

  private String key(int subnet) {
    return prefix + "/subnets/10.244." + subnet + ".0-24";
  }

  private static String value(int number) {
    return "{\"PublicIP\":\"192.0.2."
        + number
        + "\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:0"
        + number
        + "\"}}";
  }

  private void writePeer(int number) {
    etcd().put(key(number), value(number));
  }

  private String ours(int number) {
    return etcd().keys(prefix + "/subnets/").stream()
        .filter(key -> etcd().get(key).orElse("").contains("\"192.0.2." + number + "\""))
        .findFirst()
        .orElse("");
  }

  /** The etcd lease that a key lives with, as etcdctl lists it: 16 hexadecimal digits. */
  private static String leaseOf(String key) {
    return etcd()
        .etcdctl("get", "-w", "fields", "--", key)
        .lines()
        .filter(line -> line.startsWith("\"Lease\" : "))
        .map(line -> String.format("%016x", Long.parseLong(line.substring(10))))
        .findFirst()
        .orElse("");
  }

  private void havePreviousSubnet(int number, int subnet) throws IOException {
    Files.writeString(
        Files.createDirectories(directory.resolve("node" + number)).resolve("subnet.env"),
        "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244."
            + subnet
            + ".1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n");
  }

  @Test
  void etcdMayBeAwayForLongerThanTheLeaseLives() throws Exception {
    configure(NETWORK);
    writePeer(7);
    havePreviousSubnet(1, 1);
    try (TestDaemon daemon = start(1, "", true, RUN_OUT)) {
      daemon.awaitAllWell();
      daemon.awaitRoute(PEER_ROUTE, true);
      relay().cut();
      await("our lease has ended", () -> etcd().get(key(1)).isEmpty());
      String page = daemon.awaitReadyz("not in sync with the store: ");
      assertThat(page).contains("200 OK").contains("etcd does not answer at ");
      assertThat(daemon.page("/status")).contains("etcd does not answer at ");
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      assertThat(daemon.run("ip address show flannel.1")).contains("10.244.1.0/32");
      assertThat(Files.readString(daemon.subnetEnv())).contains("FLANNEL_SUBNET=10.244.1.1/24");
      relay().restore();
      await("the same subnet is leased again", () -> etcd().get(key(1)).isPresent());
      daemon.awaitAllWell();
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      relay().cut();
      await("it has ended again", () -> etcd().get(key(1)).isEmpty());
      etcd().put(key(1), value(8));
      relay().restore();
      await("another is leased", () -> !ours(1).isEmpty());
      daemon.awaitRoute("10.244.1.0/24 via 10.244.1.0 dev flannel.1", true);
      daemon.awaitAllWell();
      String lease = ours(1).replaceAll(".*/|-24", "");
      assertThat(lease).isNotEqualTo("10.244.1.0");
      assertThat(Files.readString(daemon.subnetEnv()))
          .contains("FLANNEL_SUBNET=" + lease.replaceAll("0$", "1/24"));
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      assertThat(daemon.logged()).contains("our lease of [10.244.1.0/24] was gone");
    }
  }

  @Test
  void aNodeWithoutASnapshotWaitsForEtcdAndOneWithASnapshotDoesNot() throws Exception {
    configure(NETWORK);
    writePeer(7);
    writePeer(8);
    try (TestDaemon daemon = start(1, "", false)) {
      String page = daemon.awaitReadyz("etcd does not answer at ");
      assertThat(page).contains("503").contains("--etcd-endpoints");
      relay().restore();
      daemon.awaitAllWell();
      daemon.awaitRoute(PEER_ROUTE, true);
    }
    String before = ours(1);
    etcd().delete(key(8));
    try (TestDaemon daemon = start(1, "", false)) {
      String page = daemon.await("/readyz", ready -> ready.contains("flanneld is ready"));
      assertThat(page).contains("200 OK").contains("etcd does not answer at ");
      daemon.awaitRoute(PEER_ROUTE, true);
      daemon.awaitRoute("10.244.8.0/24 via 10.244.8.0 dev flannel.1", true);
      relay().restore();
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.8.0/24", false);
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      assertThat(ours(1)).isEqualTo(before);
    }
  }

  @Test
  void aLeaseThatIsRevokedOrDeletedIsTakenAgain() throws Exception {
    configure(NETWORK);
    writePeer(7);
    Set<String> foreign = leases();
    try (TestDaemon daemon = start(1, "", true)) {
      daemon.awaitAllWell();
      String key = ours(1);
      String lease = leaseOf(key);
      etcd().etcdctl("lease", "revoke", lease);
      await("the key is there again", () -> etcd().get(key).isPresent());
      String second = leaseOf(key);
      assertThat(second).isNotEqualTo(lease).isNotEqualTo("0".repeat(16));
      etcd().delete(key);
      await("the key is there again", () -> etcd().get(key).isPresent());
      await(
          "no etcd lease is left over",
          () -> {
            Set<String> left = leases();
            left.removeAll(foreign);
            return left.equals(Set.of(leaseOf(key)));
          });
      daemon.awaitAllWell();
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      assertThat(daemon.page("/status")).contains("ready");
    }
  }

  private static Set<String> leases() {
    Set<String> leases = new HashSet<>();
    etcd().etcdctl("lease", "list").lines().skip(1).forEach(leases::add);
    return leases;
  }

  @Test
  void theEndOfAnotherNodesLeaseTakesItsRoute() throws Exception {
    configure(NETWORK);
    writePeer(7);
    try (TestDaemon daemon = start(1, "", true)) {
      daemon.awaitAllWell();
      String id = etcd().etcdctl("lease", "grant", "3").split(" ", -1)[1];
      etcd().etcdctl("put", "--lease=" + id, "--", key(8), value(8));
      daemon.awaitRoute("10.244.8.0/24 via 10.244.8.0 dev flannel.1", true);
      daemon.awaitRoute("10.244.8.0/24", false);
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      assertThat(daemon.run("bridge fdb show dev flannel.1")).doesNotContain("192.0.2.8");
    }
  }

  @Test
  void ofTwoNodesAndTwoSubnetsEachHasOne() throws Exception {
    configure(
        "{\"Network\":\"10.244.0.0/16\",\"SubnetMin\":\"10.244.1.0\",\"SubnetMax\":\"10.244.2.0\"}");
    try (TestDaemon first = start(1, "", true);
        TestDaemon second = start(2, "", true)) {
      first.awaitAllWell();
      second.awaitAllWell();
      assertThat(Set.of(ours(1), ours(2))).isEqualTo(Set.of(key(1), key(2)));
      first.awaitRoute(" dev flannel.1", true);
      second.awaitRoute(" dev flannel.1", true);
      try (TestDaemon third = start(3, "", true)) {
        String page = third.awaitReadyz("is free in 10.244.0.0/16");
        assertThat(page).contains("503").contains("SubnetLen");
      }
    }
  }

  @Test
  void aNodeWaitsForItsConfigurationAndAMalformedOneCostsNothing() throws Exception {
    try (TestDaemon daemon = start(1, "", true)) {
      String page = daemon.awaitReadyz("etcd has no key " + prefix + "/config");
      assertThat(page).contains("503").contains("etcdctl put");
      configure("{\"Network\":\"10.244.0.0/16");
      assertThat(daemon.awaitReadyz("net-conf.json")).contains("503");
      configure(NETWORK);
      daemon.awaitAllWell();
      writePeer(7);
      daemon.awaitRoute(PEER_ROUTE, true);
      configure("{\"Network\":\"10.244.0.0/40\"}");
      page = daemon.awaitReadyz("the network stays as it was: ");
      assertThat(page).contains("200 OK").contains("prefix length 40");
      configure("{\"Network\":\"10.99.0.0/16\"}");
      assertThat(daemon.awaitReadyz("it is used when flanneld starts again")).contains("200 OK");
      assertThat(daemon.run("ip route")).contains(PEER_ROUTE);
      etcd().delete(prefix + "/config");
      assertThat(daemon.awaitReadyz("etcd has no key")).contains("200 OK");
    }
    configure("[]");
    try (TestDaemon daemon = start(1, "", true)) {
      String page = daemon.await("/readyz", ready -> ready.contains("flanneld is ready"));
      assertThat(page).contains("the network is that of the last good snapshot: net-conf.json");
      daemon.awaitRoute(PEER_ROUTE, true);
      configure(NETWORK);
      daemon.awaitAllWell();
    }
  }
}
