package io.flannelj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.config.InterfaceOptions;
import io.flannelj.config.Options;
import io.flannelj.config.StoreOptions;
import io.flannelj.config.TrafficOptions;
import io.flannelj.daemon.Daemon;
import io.flannelj.libc.Libc;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running daemon tells of itself, on a real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(120)
class RunningDaemonTest {
  private static final int PORT = 8471;

  @TempDir private Path directory;
  private TestNamespace node;
  private Daemon daemon;
  private Thread runner;
  private DaemonClient client;

  @BeforeEach
  void start() throws IOException {
    node = new TestNamespace();
    node.run(
        "sh",
        "-ec",
        "ip link set lo up; ip link add eth0 type veth peer name far; ip link set eth0 up;"
            + " ip link set far up; ip address add 192.0.2.11/24 dev eth0;"
            + " ip route add default via 192.0.2.254");
    Files.writeString(
        directory.resolve("net-conf.json"),
        "{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
    Path store = Files.createDirectories(directory.resolve("store"));
    for (int peer : new int[] {2, 3}) {
      Files.writeString(
          store.resolve("10.244." + peer + ".0-24.json"),
          "{\"PublicIP\":\"192.0.2.1%d\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:0%d\"},\"Node\":\"node%d\"}"
              .formatted(peer, peer, peer));
    }
    daemon = node.namespace().call(() -> new Daemon(options(), Map.of()));
    runner = new Thread(this::run, "daemon");
    runner.start();
    client = new DaemonClient(directory.resolve("state").toString());
    await("/status", text -> text.startsWith("node1: ready"));
  }

  private void run() {
    Libc.setns(node.namespace().descriptor(), Libc.CLONE_NEWNET);
    try {
      daemon.run();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Options options() {
    return new Options(
        "node1",
        StoreOptions.directory(
            directory.resolve("store").toString(), directory.resolve("snapshot").toString()),
        InterfaceOptions.DEFAULT,
        new TrafficOptions(true, true, true, false),
        directory.resolve("net-conf.json").toString(),
        directory.resolve("subnet.env").toString(),
        directory.resolve("state").toString(),
        directory.resolve("cni.sock").toString(),
        directory.resolve("net.d/10-flannel.conflist").toString(),
        "127.0.0.1",
        PORT,
        3600,
        60);
  }

  @AfterEach
  void stop() throws InterruptedException {
    try (TestNamespace closed = node) {
      daemon.close();
      runner.join(TimeUnit.SECONDS.toMillis(60));
      assertThat(Thread.getAllStackTraces().keySet())
          .as("nothing uses the daemon's files and sockets once it has ended")
          .extracting(Thread::getName)
          .doesNotContain("call-practice", "lease-keeper", "nftables-monitor");
    }
  }

  private String await(String page, Predicate<String> wanted) {
    String last = "";
    while (true) {
      try {
        last = client.get(page);
        if (wanted.test(last)) {
          return last;
        }
      } catch (ClientException e) {
        last = String.valueOf(e.getMessage());
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(page + " says:\n" + last, e);
      }
    }
  }

  @Test
  void statusComparesTheKernelAndTellsOfPeers() {
    assertThat(client.get("/status"))
        .contains("subnet 10.244.1.0/24 public ip 192.0.2.11 lease until ")
        .contains("flannel.1: vxlan id 1 dstport 8472 local 192.0.2.11 dev eth0 mtu 1450")
        .contains("peers: 2, 2 tunnel")
        .containsPattern("node2 10.244.2.0/24 via 192.0.2.12 tunnel age \\d+s\n")
        .doesNotContain("missing")
        .doesNotContain("superfluous")
        .doesNotContain("!");
    assertThat(client.get("/status?json")).contains("\"inSync\": true").contains("\"path\"");
  }

  @Test
  void thePortServesMetricsThatCountARepair() throws IOException {
    node.run("ip", "route", "delete", "10.244.2.0/24");
    String page = await("/metrics", text -> text.contains("flannelj_table_repairs_total{"));
    assertThat(page)
        .contains("flannelj_table_repairs_total{table=\"route\"} 1.0")
        .contains("flannelj_ready 1.0")
        .contains("flannelj_leases 3.0")
        .contains("flannelj_peers{path=\"tunnel\"} 2.0")
        .contains("flannelj_device_mtu_bytes{device=\"flannel.1\"} 1450.0")
        .containsPattern("flannelj_reconcile_duration_seconds_count\\{kind=\"full\"\\} [1-9]")
        .containsPattern("process_resident_memory_bytes [1-9]");
    String served =
        node.namespace()
            .call(
                () -> {
                  try (InputStream in =
                      URI.create("http://127.0.0.1:" + PORT + "/metrics").toURL().openStream()) {
                    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });
    assertThat(served).contains("# TYPE flannelj_table_repairs_total counter");
  }

  @Test
  void aLegacyPolicyIsMendedLongBeforeTheNextComparison() throws InterruptedException {
    assumeTrue(
        node.attempt("iptables-legacy", "-S").exit() == 0,
        "SKIPPED: no iptables-legacy, in this kernel or as a program");
    node.sh("iptables-legacy -P FORWARD DROP");
    while (!node.sh("iptables-legacy -S FORWARD").contains("flanneld forward")) {
      Thread.sleep(20);
    }
    await("/status", text -> !text.contains("iptables-legacy") && !text.contains("missing"));
    node.sh("iptables-legacy -F FORWARD");
    while (!node.sh("iptables-legacy -S FORWARD").contains("-d 10.244.0.0/16")) {
      Thread.sleep(20);
    }
  }

  @Test
  void aForeignChainThatDropsIsNamedByTheEventOfItsChange() {
    node.sh("nft add table inet wall");
    node.run(
        "nft",
        "add chain inet wall through { type filter hook forward priority 10; policy drop; }");
    await(
        "/status",
        text -> text.contains("nft insert rule inet wall through ip saddr 10.244.0.0/16"));
    node.sh("nft insert rule inet wall through ip saddr 10.244.0.0/16 accept");
    await("/status", text -> !text.contains("inet wall"));
    node.sh("nft insert rule inet wall through counter drop");
    await("/status", text -> text.contains("inet wall"));
    node.sh("nft delete table inet wall");
    await("/status", text -> !text.contains("inet wall"));
  }
}
