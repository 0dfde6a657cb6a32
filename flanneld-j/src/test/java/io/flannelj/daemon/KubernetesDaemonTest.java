package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.Relay;
import io.flannelj.testkit.servers.RequiresKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real daemon and a real API server, which is away at the start and for long. How long is said by
 * the property {@code away.seconds}.
 */
@Tag("netns")
@RequiresRoot
@RequiresKubernetes
@Timeout(1200)
class KubernetesDaemonTest {
  private static final String PREFIX = "flannel.alpha.coreos.com/";
  private static final String POD =
      """
      {"metadata":{"name":"kube-flannel-ds-x","namespace":"kube-flannel"},
       "spec":{"nodeName":"node1","containers":[{"name":"c","image":"i"}]}}""";

  @TempDir private Path directory;
  private final List<Relay> ways = new ArrayList<>();

  private static void node(ApiServer server, int number, Map<String, String> annotations) {
    server.createNode(
        "node" + number, "192.0.2." + number, List.of("10.244." + number + ".0/24"), annotations);
  }

  private static Map<String, String> peer(int number) {
    return Map.of(
        PREFIX + "kube-subnet-manager",
        "true",
        PREFIX + "backend-type",
        "vxlan",
        PREFIX + "backend-data",
        "{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:0" + number + "\"}",
        PREFIX + "public-ip",
        "192.0.2." + number);
  }

  private static String probe(TestDaemon daemon, String path) {
    return daemon.run("curl -s -w _%{http_code} http://127.0.0.1:8081" + path);
  }

  @Test
  void anApiServerThatIsAwayAtTheStartAndForLongCostsNothing() throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        TestDaemon daemon = start(server)) {
      Relay way = ways.get(0);
      isAliveAndTellsWhyItWaits(daemon);
      startsWhenTheServerComes(server, way, daemon);
      server.kill();
      keepsAllWhileTheServerIsAway(daemon);
      server.start();
      isBackInSeconds(server, daemon);
    } finally {
      ways.forEach(Relay::close);
    }
  }

  /** As flannel's manifest has it: named by its pod. */
  private TestDaemon start(ApiServer server) throws IOException {
    return new TestDaemon(
        directory.resolve("node"),
        namespace -> {
          Relay way = new Relay(server.endpoint(), namespace);
          ways.add(way);
          return List.of(
              "--kube-subnet-mgr",
              "--kubeconfig-file=" + server.kubeconfig(server.flannelToken()),
              "--kube-api-url=" + way.url(),
              "--healthz-ip=127.0.0.1",
              "--healthz-port=8081");
        },
        "",
        1,
        "",
        Map.of("POD_NAME", "kube-flannel-ds-x", "POD_NAMESPACE", "kube-flannel"));
  }

  private static void isAliveAndTellsWhyItWaits(TestDaemon daemon) throws Exception {
    daemon.awaitReadyz("our node's name is not known: the API server");
    assertThat(probe(daemon, "/healthz")).isEqualTo("flanneld is running_200");
    assertThat(probe(daemon, "/readyz"))
        .startsWith("flanneld is not ready yet: our node's name is not known")
        .contains("is not reached")
        .endsWith("_503");
    assertThat(daemon.page("/status")).contains("not ready: our node's name is not known");
  }

  private static void startsWhenTheServerComes(ApiServer server, Relay way, TestDaemon daemon)
      throws Exception {
    server
        .admin()
        .post("/api/v1/namespaces", "{\"metadata\":{\"name\":\"kube-flannel\"}}")
        .orThrow();
    server.admin().post("/api/v1/namespaces/kube-flannel/pods", POD).orThrow();
    node(server, 2, peer(2));
    node(server, 3, peer(3));
    way.restore();
    daemon.awaitReadyz("the cluster has no node \"node1\"");
    server.createNode("node1", "192.0.2.1", List.of(), Map.of());
    daemon.awaitReadyz("node node1 has no podCIDR of IPv4 yet");
    server.patchNode(
        "node1", "{\"spec\":{\"podCIDR\":\"10.244.1.0/24\",\"podCIDRs\":[\"10.244.1.0/24\"]}}");
    daemon.awaitAllWell();
    daemon.awaitRoute("10.244.3.0/24", true);
    assertThat(Files.readString(daemon.subnetEnv())).contains("FLANNEL_SUBNET=10.244.1.1/24");
    assertThat(daemon.page("/status")).contains("lease until it is removed");
    server.patchNode("node1", "{\"metadata\":{\"annotations\":null}}");
    daemon.await("/status", page -> server.node("node1").contains(PREFIX + "public-ip"));
  }

  private static void keepsAllWhileTheServerIsAway(TestDaemon daemon) throws Exception {
    daemon.awaitReadyz("store: not in sync with the store: the API server");
    daemon.run("ip route delete 10.244.2.0/24");
    daemon.awaitRoute("10.244.2.0/24", true);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("away.seconds", 0));
    do {
      assertThat(daemon.run("ip route")).contains("10.244.2.0/24", "10.244.3.0/24");
      assertThat(probe(daemon, "/healthz")).endsWith("_200");
      assertThat(probe(daemon, "/readyz"))
          .startsWith("flanneld is ready\nstore: not in sync with the store: the API server")
          .endsWith("_200");
      TimeUnit.MILLISECONDS.sleep(200);
    } while (System.nanoTime() < end);
  }

  private static void isBackInSeconds(ApiServer server, TestDaemon daemon) throws Exception {
    long began = System.nanoTime();
    node(server, 4, peer(4));
    server.deleteNode("node3");
    daemon.awaitRoute("10.244.4.0/24", true);
    daemon.awaitRoute("10.244.3.0/24", false);
    daemon.awaitAllWell();
    // Its patience grows to 5 s and no further, however long the server was away.
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began)).isLessThan(30);
  }
}
