package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.KubernetesOptions;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.Seen;
import io.flannelj.store.StoreState;
import io.flannelj.testkit.servers.ApiProxy;
import io.flannelj.testkit.servers.ApiProxy.Deed;
import io.flannelj.testkit.servers.ApiRequest;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.RequiresKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What networks, load balancers and dying servers do to the store, before a real API server. */
@RequiresKubernetes
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class KubernetesFaultsTest {
  private static final Patience SHORT = new Patience(Duration.ofSeconds(2), Duration.ofSeconds(2));
  private static final String GONE =
      """
      HTTP/1.1 410 Gone\r
      Content-Type: application/json\r
      Connection: close\r
      \r
      {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",\
      "message":"too old resource version: 1 (2)","reason":"Expired","code":410}
      """;

  @TempDir private Path directory;
  private ApiServer server;
  private ApiProxy proxy;
  private final List<KubernetesStore> stores = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();

  @BeforeAll
  void startServer(@TempDir Path place) {
    server = ApiServer.start(place);
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @BeforeEach
  void begin() {
    server.admin().delete("/api/v1/nodes").orThrow();
    proxy = new ApiProxy(server);
    announce(1);
    announce(2);
  }

  @AfterEach
  void end() {
    stores.forEach(KubernetesStore::close);
    stores.clear();
    proxy.close();
  }

  private static IpPrefix subnet(int node) {
    return IpPrefix.parse("10.244." + node + ".0/24");
  }

  /** As another node's daemon does. */
  private void announce(int node) {
    Lease lease =
        new Lease(
            "node" + node,
            subnet(node),
            IpAddress.parse("192.0.2." + node),
            "vxlan",
            1,
            Optional.of(MacAddress.parse(String.format("02:00:00:00:04:%02x", node))),
            Lease.UNTIL_REMOVED);
    server.createNode(
        lease.node(),
        "192.0.2." + node,
        List.of(lease.subnet().toString()),
        KubernetesPlace.annotations(lease));
  }

  private KubernetesStore store(Patience patience) {
    KubernetesOptions options =
        new KubernetesOptions(
            proxy.url().toString(),
            server.kubeconfig(server.flannelToken()).toString(),
            "flannel.alpha.coreos.com",
            true,
            "",
            "");
    return opened(options, ClusterAccesses.find(options, Map.of()), patience);
  }

  private KubernetesStore opened(
      KubernetesOptions options, ClusterAccess access, Patience patience) {
    KubernetesStore store =
        new KubernetesStore(options, access, patience, "node1", reports::add, reports::add);
    stores.add(store);
    return store;
  }

  private Seen watch(Patience patience) {
    return new Seen(store(patience));
  }

  private static void awaitNodes(Seen seen, int... nodes) {
    seen.await(
        "all are there",
        leases -> {
          for (int node : nodes) {
            if (!leases.containsKey(subnet(node))) {
              return false;
            }
          }
          return leases.size() == nodes.length;
        });
  }

  /** Nothing of what was there is ever missing in between. */
  private static void assertNothingVanished(Seen seen) {
    assertThat(seen.snapshots())
        .allMatch(snapshot -> snapshot.inSync() && snapshot.leases().containsKey(subnet(2)));
  }

  @Test
  void aVersionThatIsGoneByStatusIsOneNewListing() {
    proxy.next(ApiRequest::isWatch, 1, new Deed.Answer(GONE));
    Seen seen = watch(Patience.USUAL);
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    assertNothingVanished(seen);
    proxy.await(ApiRequest::isWatch, 2);
    assertThat(proxy.requests(ApiRequest::isList)).hasSize(2);
    assertThat(seen.state()).isEqualTo(StoreState.GOOD);
  }

  @Test
  void aServerThatIsNeverWellIsAskedEverMoreRarely() {
    int refusals = 6;
    proxy.next(ApiRequest::isWatch, refusals, new Deed.Answer(GONE));
    Seen seen = watch(Patience.USUAL);
    List<ApiRequest> watches = proxy.await(ApiRequest::isWatch, refusals + 1);
    awaitNodes(seen, 1, 2);
    long taken = watches.get(refusals).nanos() - watches.get(0).nanos();
    // At least the halves of 100, 200, 400, 800 and 1600 ms.
    assertThat(TimeUnit.NANOSECONDS.toMillis(taken)).isGreaterThan(1_500);
  }

  @Test
  void aVersionThatIsGoneWithinTheStreamIsOneNewListing() {
    Seen seen = watch(Patience.USUAL);
    proxy.await(ApiRequest::isWatch, 1);
    server.kill();
    seen.awaitState("it is told", state -> state.problem().contains("API server"));
    for (int i = 0; i < 3; i++) {
      server.etcd().put("elsewhere", "x" + i);
    }
    server.etcd().compact();
    // Its cache begins after what we saw.
    server.start();
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    seen.awaitState("well", StoreState.GOOD::equals);
    assertNothingVanished(seen);
    assertThat(proxy.answers())
        .as("the server did say it")
        .anyMatch(answer -> answer.contains("too old resource version"));
    assertThat(proxy.requests(ApiRequest::isList)).hasSize(2);
  }

  @Test
  void aBookmarkIsWhereTheNextWatchBegins() {
    // A server sends them each minute, so this one is made by hand.
    String version = newVersion();
    proxy.next(
        ApiRequest::isWatch,
        1,
        new Deed.Answer(
            """
            HTTP/1.1 200 OK\r
            Content-Type: application/json\r
            Connection: close\r
            \r
            {"type":"BOOKMARK","object":{"kind":"Node","apiVersion":"v1",\
            "metadata":{"resourceVersion":"%s"},"spec":{},"status":{}}}
            """
                .formatted(version)));
    Seen seen = watch(Patience.USUAL);
    List<ApiRequest> watches = proxy.await(ApiRequest::isWatch, 2);
    assertThat(watches.get(1).query("resourceVersion")).isEqualTo(version);
    assertThat(seen.snapshots()).as("a bookmark is no change").hasSize(1);
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    assertThat(proxy.requests(ApiRequest::isList)).hasSize(1);
    assertThat(seen.state()).isEqualTo(StoreState.GOOD);
  }

  /** The cluster's version after a change that is none of a node. */
  private String newVersion() {
    String made =
        server
            .admin()
            .post("/api/v1/namespaces", "{\"metadata\":{\"generateName\":\"elsewhere-\"}}")
            .orThrow();
    return made.replaceFirst("(?s).*?\"resourceVersion\": ?\"(\\d+)\".*", "$1");
  }

  @Test
  void aWatchThatIsCutWithinAnEventGoesOnBeforeIt() {
    proxy.next(ApiRequest::isWatch, 1, new Deed.Cut(100));
    Seen seen = watch(Patience.USUAL);
    awaitNodes(seen, 1, 2);
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    assertThat(proxy.requests(ApiRequest::isList)).hasSize(1);
    List<ApiRequest> watches = proxy.requests(ApiRequest::isWatch);
    assertThat(watches.get(1).query("resourceVersion"))
        .isEqualTo(watches.get(0).query("resourceVersion"));
    assertThat(seen.state()).isEqualTo(StoreState.GOOD);
  }

  @Test
  void aConnectionThatFellSilentIsReplaced() {
    Seen seen = watch(SHORT);
    proxy.await(ApiRequest::isWatch, 1);
    proxy.silence();
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    assertNothingVanished(seen);
  }

  @Test
  void aListThatFallsSilentOrIsCutIsNoSmallerCluster() {
    proxy.next(ApiRequest::isList, 1, new Deed.Hang(700));
    proxy.next(ApiRequest::isList, 1, new Deed.Cut(900));
    Seen seen = watch(SHORT);
    awaitNodes(seen, 1, 2);
    assertThat(seen.snapshots().get(0).leases()).hasSize(2);
    assertThat(proxy.requests(ApiRequest::isList)).hasSize(3);
    seen.awaitState("well", StoreState.GOOD::equals);
  }

  @Test
  void aServerThatWantsToBeLeftAloneIsLeftAlone() {
    String busy =
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Type: text/plain\r\n"
            + "Connection: close\r\n\r\nToo many requests, please try again later.\n";
    String unavailable =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: text/html\r\n"
            + "Connection: close\r\n\r\n<html>no healthy upstream</html>\n";
    proxy.next(ApiRequest::isList, 1, new Deed.Answer(busy));
    proxy.next(ApiRequest::isList, 1, new Deed.Answer(unavailable));
    Seen seen = watch(Patience.USUAL);
    seen.awaitState(
        "told in the server's words",
        state -> state.problem().contains("429 Too many requests, please try again later."));
    seen.awaitState("told", state -> state.problem().contains("503 by something in between"));
    awaitNodes(seen, 1, 2);
    List<ApiRequest> lists = proxy.requests(ApiRequest::isList);
    assertThat(lists).hasSize(3);
    for (int i = 1; i < lists.size(); i++) {
      assertThat(TimeUnit.NANOSECONDS.toMillis(lists.get(i).nanos() - lists.get(i - 1).nanos()))
          .isGreaterThanOrEqualTo(950);
    }
    seen.awaitState("well", StoreState.GOOD::equals);
  }

  @Test
  void aConditionThatMayNotBeSetIsToldUntilItIs() {
    String forbidden =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
            + "{\"kind\":\"Status\",\"message\":\"nodes/status is forbidden\",\"code\":403}\n";
    proxy.next(request -> request.method().equals("PATCH"), 2, new Deed.Answer(forbidden));
    KubernetesStore store = store(Patience.USUAL);
    Seen seen = new Seen(store);
    awaitNodes(seen, 1, 2);
    store.networkReady();
    seen.awaitState(
        "told with the rule to grant",
        state ->
            String.join("", state.notes()).contains("NetworkUnavailable cannot be set")
                && String.join("", state.notes()).contains("patch nodes/status"));
    assertThat(seen.state().problem()).isEmpty();
    seen.awaitState("well", StoreState.GOOD::equals);
    assertThat(server.node("node1")).contains("FlannelIsUp");
  }

  @Test
  void aRotatedTokenIsUsedWithoutARestart() throws IOException {
    Path account = Files.createDirectories(directory.resolve("account"));
    Files.copy(server.authority(), account.resolve("ca.crt"));
    Files.writeString(account.resolve("token"), "expired\n");
    KubernetesOptions options =
        new KubernetesOptions("", "", "flannel.alpha.coreos.com", true, "", "");
    Map<String, String> pod =
        Map.of(
            "KUBERNETES_SERVICE_HOST",
            "127.0.0.1",
            "KUBERNETES_SERVICE_PORT",
            Integer.toString(proxy.url().getPort()));
    Seen seen =
        new Seen(opened(options, ClusterAccesses.inCluster(options, pod, account), Patience.USUAL));
    seen.awaitState(
        "told with its place",
        state -> state.problem().contains("401") && state.problem().contains(account.toString()));
    rotate(account, server.flannelToken());
    awaitNodes(seen, 1, 2);
    seen.awaitState("well", StoreState.GOOD::equals);
    proxy.await(ApiRequest::isWatch, 1);
    rotate(account, server.adminToken());
    proxy.drop();
    announce(3);
    awaitNodes(seen, 1, 2, 3);
    assertThat(proxy.requests(ApiRequest::isWatch))
        .extracting(watch -> watch.header("authorization"))
        .endsWith("Bearer " + server.adminToken());
  }

  /** As the kubelet does: by a rename. */
  private static void rotate(Path account, String token) throws IOException {
    Path fresh = Files.writeString(account.resolve(".fresh"), token);
    Files.move(fresh, account.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
  }
}
