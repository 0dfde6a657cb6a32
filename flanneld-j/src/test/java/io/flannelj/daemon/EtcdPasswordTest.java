package io.flannelj.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.Relay;
import io.flannelj.testkit.servers.RequiresEtcd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that has to log in to etcd, again and again, and tells nobody by what. */
@Tag("netns")
@RequiresRoot
@RequiresEtcd
@Timeout(240)
class EtcdPasswordTest {
  private static final String PASSWORD = "x7Qp!sekret";
  private static final String ROUTE = "10.244.8.0/24 via 10.244.8.0 dev flannel.1";

  @TempDir private Path directory = Path.of("");

  /** How often etcd let a token run out. */
  private static long tokensEnded(EtcdServer server) {
    return server.logged().lines().filter(line -> line.contains("deleted a simple token")).count();
  }

  @Test
  void tokensRunOutAndThePasswordIsNowhereToBeSeen() throws Exception {
    List<Relay> relays = new CopyOnWriteArrayList<>();
    try (EtcdServer server = EtcdServer.withTokens(directory.resolve("etcd"), 1)) {
      server.put("/net/config", "{\"Network\":\"10.244.0.0/16\"}");
      server.requirePassword("rootpw", "flannel", PASSWORD, "/net");
      try (TestDaemon daemon =
          new TestDaemon(
              directory.resolve("node"),
              namespace -> {
                Relay relay = new Relay(server.endpoint(), namespace);
                relays.add(relay);
                relay.restore();
                return List.of(
                    "--store=etcd",
                    "--etcd-endpoints=" + relay.url(),
                    "--etcd-prefix=/net",
                    "--etcd-username=flannel",
                    // Seldom enough that a token is not kept alive by its use.
                    "--audit-seconds=30",
                    "--etcd-lease-seconds=6",
                    "-v=10");
              },
              "node1",
              1,
              "",
              Map.of("FLANNELD_ETCD_PASSWORD", PASSWORD))) {
        daemon.awaitAllWell();
        long ended = tokensEnded(server);
        daemon.await("/healthz", page -> tokensEnded(server) > ended + 2);
        server.put(
            "/net/subnets/10.244.8.0-24",
            "{\"PublicIP\":\"192.0.2.8\",\"BackendType\":\"vxlan\","
                + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:08\"}}");
        daemon.awaitRoute(ROUTE, true);
        daemon.awaitAllWell();
        server.stop();
        daemon.awaitReadyz("etcd does not answer at ");
        server.start();
        daemon.awaitAllWell();
        server.etcdctl("user", "revoke-role", "flannel", "flannel");
        String page = daemon.awaitReadyz("permission denied");
        assertThat(page).contains("200 OK").contains("etcdctl role grant-permission");
        server.etcdctl("user", "delete", "flannel");
        page = daemon.awaitReadyz("authentication failed");
        assertThat(page).contains("200 OK").contains("FLANNELD_ETCD_PASSWORD");
        assertThat(daemon.run("ip route")).contains(ROUTE);
        for (String path : List.of("/status", "/status?json", "/leases", "/plan", "/metrics")) {
          assertThat(daemon.page(path)).isNotEmpty().doesNotContain(PASSWORD);
        }
        assertThat(page).doesNotContain(PASSWORD);
        assertThat(daemon.run("ps -eo args")).doesNotContain(PASSWORD);
      } finally {
        relays.forEach(Relay::close);
      }
    }
    assertNoFileHasIt(directory.resolve("node"));
  }

  /** The log with all its stack traces, the snapshot and whatever else the daemon writes. */
  private static void assertNoFileHasIt(Path node) throws IOException {
    try (Stream<Path> files = Files.walk(node)) {
      List<Path> regular = files.filter(Files::isRegularFile).toList();
      assertThat(regular).anyMatch(file -> file.endsWith("log"));
      for (Path file : regular) {
        assertThat(new String(Files.readAllBytes(file), ISO_8859_1))
            .as("%s", file)
            .doesNotContain(PASSWORD);
      }
    }
  }
}
