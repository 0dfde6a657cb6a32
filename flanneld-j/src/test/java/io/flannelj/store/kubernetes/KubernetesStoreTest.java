package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.InterfaceOptions;
import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.RequiresKubernetes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real API server, as the user that flannel's manifest makes and with its rights. */
@RequiresKubernetes
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class KubernetesStoreTest {
  private static final String PREFIX = "flannel.alpha.coreos.com/";
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final IpPrefix NETWORK6 = IpPrefix.parse("fd00:10:244::/48");

  private ApiServer server;
  private final List<KubernetesStore> stores = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();

  @BeforeAll
  void start(@TempDir Path directory) {
    server = ApiServer.start(directory);
  }

  @AfterAll
  void end() {
    server.close();
  }

  @AfterEach
  void closeStores() {
    stores.forEach(KubernetesStore::close);
    stores.clear();
  }

  private KubernetesStore store(String node) {
    KubernetesOptions options =
        new KubernetesOptions(
            "",
            server.kubeconfig(server.flannelToken()).toString(),
            "flannel.alpha.coreos.com",
            true,
            "",
            "");
    KubernetesStore store = new KubernetesStore(options, Map.of(), node, reports::add);
    stores.add(store);
    return store;
  }

  private static LeaseRequest request(String node, String publicIp, String mac) {
    return new LeaseRequest(node, 1, List.of(half(NETWORK, 24, publicIp, mac)));
  }

  private static LeaseRequest.Half half(IpPrefix network, int length, String ip, String mac) {
    return new LeaseRequest.Half(
        new SubnetPool(network, length, network.address(), network.address()),
        IpAddress.parse(ip),
        MacAddress.parse(mac),
        Optional.empty());
  }

  private static Map<String, String> peer(String ip, String mac) {
    return Map.of(
        PREFIX + "kube-subnet-manager",
        "true",
        PREFIX + "backend-type",
        "vxlan",
        PREFIX + "backend-data",
        "{\"VNI\":1,\"VtepMAC\":\"" + mac + "\"}",
        PREFIX + "public-ip",
        ip);
  }

  /** What a watch tells. */
  private static final class Told {
    private final LinkedBlockingQueue<LeaseSnapshot> snapshots = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<StoreState> states = new LinkedBlockingQueue<>();

    Told(KubernetesStore store) {
      store.watch(snapshots::add, states::add);
    }

    LeaseSnapshot await(Predicate<LeaseSnapshot> wanted) throws InterruptedException {
      return await(snapshots, wanted);
    }

    StoreState awaitState(Predicate<StoreState> wanted) throws InterruptedException {
      return await(states, wanted);
    }

    private static <T> T await(LinkedBlockingQueue<T> queue, Predicate<T> wanted)
        throws InterruptedException {
      Optional<T> last = Optional.empty();
      while (true) {
        Optional<T> next = Optional.ofNullable(queue.poll(60, TimeUnit.SECONDS));
        assertThat(next).as("after " + last).isPresent();
        if (wanted.test(next.get())) {
          return next.get();
        }
        last = next;
      }
    }
  }

  private static boolean has(LeaseSnapshot snapshot, String subnet) {
    return snapshot.leases().containsKey(IpPrefix.parse(subnet));
  }

  @Test
  void aNodeWithoutAnyAnnotationGetsFlannelsAndNothingElse() {
    server.createNode("bare", "192.0.2.1", List.of("10.244.1.0/24"), Map.of());
    Lease lease = store("bare").acquire(request("bare", "192.0.2.1", "02:00:00:00:00:01"));

    assertThat(lease.subnet()).isEqualTo(IpPrefix.parse("10.244.1.0/24"));
    assertThat(lease.expiresAt()).isEqualTo(Lease.UNTIL_REMOVED);
    assertThat(server.node("bare"))
        .contains(
            "\"" + PREFIX + "kube-subnet-manager\":\"true\"",
            "\"" + PREFIX + "backend-type\":\"vxlan\"",
            "\""
                + PREFIX
                + "backend-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"02:00:00:00:00:01\\\"}\"",
            "\"" + PREFIX + "public-ip\":\"192.0.2.1\"")
        .doesNotContain("public-ipv6", "backend-v6-data");
    String before = server.node("bare");
    store("bare").acquire(request("bare", "192.0.2.1", "02:00:00:00:00:01"));
    assertThat(server.node("bare")).isEqualTo(before);
  }

  @Test
  void bothFamiliesAreAnnouncedAndRead() throws Exception {
    server.createNode(
        "dual", "192.0.2.2", List.of("fd00:10:244:2::/64", "10.244.2.0/24"), Map.of());
    LeaseRequest wish =
        new LeaseRequest(
            "dual",
            1,
            List.of(
                half(NETWORK, 24, "192.0.2.2", "02:00:00:00:00:02"),
                half(NETWORK6, 64, "2001:db8::2", "02:00:00:00:00:22")));
    KubernetesStore store = store("dual");
    Lease lease = store.acquire(wish);
    assertThat(lease.subnets())
        .containsExactly(IpPrefix.parse("10.244.2.0/24"), IpPrefix.parse("fd00:10:244:2::/64"));
    assertThat(server.node("dual"))
        .contains(
            "\"" + PREFIX + "public-ipv6\":\"2001:db8::2\"",
            "backend-v6-data\":\"{\\\"VNI\\\":1,\\\"VtepMAC\\\":\\\"02:00:00:00:00:22\\\"}\"");
    assertThat(new Told(store).await(told -> has(told, "10.244.2.0/24")).leases())
        .containsEntry(IpPrefix.parse("10.244.2.0/24"), lease);
    assertThat(store.findByNode(new NodeIdentity("dual", List.of()))).contains(lease);
  }

  @Test
  void aMissingOrForeignPodCidrIsNamedWithTheRemedy() {
    server.createNode("none", "192.0.2.3", List.of(), Map.of());
    assertThatThrownBy(
            () -> store("none").acquire(request("none", "192.0.2.3", "02:00:00:00:00:03")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("node none has no podCIDR")
        .hasMessageContaining("--cluster-cidr 10.244.0.0/16");
    server.createNode("astray", "192.0.2.4", List.of("10.99.0.0/24"), Map.of());
    assertThatThrownBy(
            () -> store("astray").acquire(request("astray", "192.0.2.4", "02:00:00:00:00:04")))
        .hasMessageContaining("10.99.0.0/24")
        .hasMessageContaining("not within Network 10.244.0.0/16");
    assertThatThrownBy(
            () -> store("ghost").acquire(request("ghost", "192.0.2.4", "02:00:00:00:00:04")))
        .hasMessageContaining("no node \"ghost\"");
  }

  @Test
  void peersComeChangeAndGo() throws Exception {
    Told told = new Told(store("watcher"));
    told.await(LeaseSnapshot::inSync);
    server.createNode("silent", "192.0.2.9", List.of("10.244.9.0/24"), Map.of());
    server.createNode(
        "peer", "192.0.2.10", List.of("10.244.10.0/24"), peer("192.0.2.10", "02:00:00:00:00:10"));
    LeaseSnapshot seen = told.await(snapshot -> has(snapshot, "10.244.10.0/24"));
    assertThat(has(seen, "10.244.9.0/24")).isFalse();
    assertThat(seen.leases().values())
        .filteredOn(lease -> lease.node().equals("peer"))
        .extracting(Lease::publicIp)
        .containsExactly(IpAddress.parse("192.0.2.10"));
    server.patchNode(
        "peer", "{\"metadata\":{\"annotations\":{\"" + PREFIX + "public-ip\":\"192.0.2.77\"}}}");
    told.await(
        snapshot ->
            snapshot.leases().values().stream()
                .anyMatch(found -> found.publicIp().equals(IpAddress.parse("192.0.2.77"))));
    server.patchNode(
        "peer", "{\"metadata\":{\"annotations\":{\"" + PREFIX + "public-ip\":\"nowhere\"}}}");
    told.await(snapshot -> !has(snapshot, "10.244.10.0/24"));
    assertThat(told.awaitState(state -> !state.notes().isEmpty()).notes())
        .singleElement()
        .asString()
        .contains("node peer, subnet [10.244.10.0/24], is passed over", "public-ip", "nowhere");
    server.deleteNode("peer");
    told.awaitState(state -> state.notes().isEmpty());
  }

  @Test
  void whatHappensWhileTheServerIsAwayIsSeenOnReturn() throws Exception {
    server.createNode(
        "stays", "192.0.2.20", List.of("10.244.20.0/24"), peer("192.0.2.20", "02:00:00:00:00:20"));
    server.createNode(
        "goes", "192.0.2.21", List.of("10.244.21.0/24"), peer("192.0.2.21", "02:00:00:00:00:21"));
    Told told = new Told(store("watcher"));
    told.await(snapshot -> has(snapshot, "10.244.20.0/24") && has(snapshot, "10.244.21.0/24"));
    told.snapshots.clear();
    server.kill();
    assertThat(told.awaitState(state -> !state.problem().isEmpty()).problem())
        .contains("the API server " + server.endpoint() + " is not reached");
    assertThat(told.snapshots).isEmpty();
    server.start();
    server.deleteNode("goes");
    told.await(snapshot -> has(snapshot, "10.244.20.0/24") && !has(snapshot, "10.244.21.0/24"));
    told.awaitState(state -> state.problem().isEmpty());
  }

  @Test
  void theConditionIsSetAndSetAgainWhenSomebodyChangesIt() throws Exception {
    server.createNode("cloudy", "192.0.2.30", List.of("10.244.30.0/24"), Map.of());
    KubernetesStore store = store("cloudy");
    store.acquire(request("cloudy", "192.0.2.30", "02:00:00:00:00:30"));
    new Told(store).await(LeaseSnapshot::inSync);
    assertThat(server.node("cloudy")).doesNotContain("FlannelIsUp");
    store.networkReady();
    awaitNode("cloudy", "\"reason\":\"FlannelIsUp\"");
    assertThat(server.node("cloudy")).contains("Flannel is running on this node");
    server
        .admin()
        .patch(
            "/api/v1/nodes/cloudy/status",
            "{\"status\":{\"conditions\":[{\"type\":\"NetworkUnavailable\",\"status\":\"True\","
                + "\"reason\":\"NoRouteCreated\"}]}}")
        .orThrow();
    awaitNode("cloudy", "\"reason\":\"FlannelIsUp\"");
  }

  private void awaitNode(String name, String text) throws InterruptedException {
    for (int tries = 0; tries < 600 && !server.node(name).contains(text); tries++) {
      Thread.sleep(50);
    }
    assertThat(server.node(name)).contains(text);
  }

  @Test
  void operatorsAddressesAreHeeded() {
    server.createNode(
        "nat",
        "192.0.2.40",
        List.of("10.244.40.0/24"),
        Map.of(
            PREFIX + "public-ip-overwrite", "203.0.113.40",
            PREFIX + "node-public-ip", "192.0.2.41"));
    KubernetesStore store = store("nat");
    assertThat(store.advised(InterfaceOptions.DEFAULT).publicIp())
        .contains(IpAddress.parse("192.0.2.41"));
    Lease lease = store.acquire(request("nat", "192.0.2.41", "02:00:00:00:00:40"));
    assertThat(server.node("nat")).contains("\"" + PREFIX + "public-ip\":\"203.0.113.40\"");
    assertThat(lease.publicIp()).isEqualTo(IpAddress.parse("192.0.2.41"));
  }

  @Test
  void aTokenThatIsNotTakenAndAMissingRightAreNamed() {
    KubernetesOptions options =
        new KubernetesOptions(
            "", server.kubeconfig("wrong").toString(), "flannel.alpha.coreos.com", true, "", "");
    KubernetesStore store = new KubernetesStore(options, Map.of(), "bare", reports::add);
    stores.add(store);
    assertThatThrownBy(() -> store.findByNode(new NodeIdentity("bare", List.of())))
        .hasMessageContaining("401")
        .hasMessageContaining("kubeconfig-wrong");
  }
}
