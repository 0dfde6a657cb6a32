package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whole chains as a runtime runs them, by the launcher and a running daemon: ours with port
 * mappings, and the reference plugins behind our flannel.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class ChainTest {
  private static final Path TOOLS = Lab.PROJECT.resolve("test-vms/target/bench");
  private static final Path OURS = SingleNode.TREE.resolve("cni");
  private static final String MAPPINGS =
      "{\"portMappings\":[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"},"
          + "{\"hostPort\":5353,\"containerPort\":53,\"protocol\":\"udp\"}]}";
  private static final String SERVERS =
      """
      import socket, threading
      tcp = socket.create_server(("0.0.0.0", 80))
      udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      udp.bind(("0.0.0.0", 53))
      def datagrams():
          while True:
              _, peer = udp.recvfrom(64)
              udp.sendto(b"udp of the pod", peer)
      threading.Thread(target=datagrams, daemon=True).start()
      open("/run/serving", "w").close()
      while True:
          peer, _ = tcp.accept()
          peer.sendall(b"tcp of the pod")
          peer.close()
      """;
  private static final String CLIENT =
      """
      import socket
      with socket.create_connection(("192.0.2.11", 8080), 10) as tcp:
          print(tcp.recv(64).decode())
      with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
          udp.settimeout(10)
          udp.sendto(b"x", ("192.0.2.11", 5353))
          print(udp.recv(64).decode())
      """;

  @TempDir private static Path scratch;
  private static SingleNode node;

  /** A reference plugin behind our flannel. */
  private enum Reference {
    PORTMAP(
        "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}}",
        "(nft list ruleset; iptables-save) | grep -c 'dnat.*ADDRESS:\\|DNAT.*ADDRESS:'"),
    TUNING(
        "{\"type\":\"tuning\",\"sysctl\":{\"net.ipv4.conf.eth0.arp_notify\":\"1\"}}",
        "ip netns exec POD cat /proc/sys/net/ipv4/conf/eth0/arp_notify | grep -x 1"),
    BANDWIDTH(
        "{\"type\":\"bandwidth\",\"ingressRate\":80000000,\"ingressBurst\":80000000}",
        "tc qdisc show | grep 'tbf.*rate 80Mbit'"),
    FIREWALL(
        "{\"type\":\"firewall\",\"backend\":\"iptables\"}",
        "iptables -S | grep 'ADDRESS/32.*ACCEPT'");

    private final String conf;
    private final String effect;

    Reference(String conf, String effect) {
      this.conf = conf;
      this.effect = effect;
    }

    String type() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Lab.assumePossible();
    Process make =
        new ProcessBuilder("make", "-s", "-C", Lab.PROJECT + "/test-vms/bench", "OUT=" + TOOLS)
            .inheritIO()
            .start();
    assertThat(make.waitFor()).isZero();
    node =
        new SingleNode(
            scratch,
            SingleNode.NET_CONF,
            "sysctl -qw net.ipv4.ip_forward=1",
            SingleNode.Words.NONE);
    node.await(" ready, subnet ");
  }

  @AfterAll
  static void stop() throws Exception {
    if (node != null) {
      node.close();
    }
  }

  /** Version 1.9.1 where it was built, else what the environment or Debian has. */
  private static Path references() {
    return Stream.of(
            System.getenv("CNI_PLUGINS_REFERENCE"),
            Optional.ofNullable(System.getenv("FLANNELJ_SERVERS"))
                    .orElse("/var/cache/flannel-j/servers")
                + "/plugins-1.9.1",
            "/usr/lib/cni")
        .filter(name -> name != null && Files.isExecutable(Path.of(name, "bridge")))
        .map(Path::of)
        .findFirst()
        .orElse(Path.of("/nonexistent"));
  }

  private SingleNode.Outcome chain(String verb, String pod, String path)
      throws IOException, InterruptedException {
    return node.run(
        new byte[0],
        Map.of(),
        TOOLS.resolve("cni-chain").toString(),
        verb,
        "--conflist",
        scratch.resolve(pod + ".conflist").toString(),
        "--path",
        path,
        "--netns",
        "/run/netns/" + pod,
        "--id",
        pod,
        "--cap",
        MAPPINGS,
        "--cache",
        scratch.resolve("results").toString());
  }

  private void succeed(String verb, String pod, String path) throws Exception {
    SingleNode.Outcome outcome = chain(verb, pod, path);
    assertThat(outcome.status()).as("%s: %s", verb, outcome).isZero();
  }

  private static void conflist(String pod, String second) throws IOException {
    Files.writeString(
        scratch.resolve(pod + ".conflist"),
        "{\"name\":\"cbr0\",\"cniVersion\":\"1.0.0\",\"plugins\":[{\"type\":\"flannel\","
            + "\"delegate\":{\"hairpinMode\":true,\"isDefaultGateway\":true}},"
            + second
            + "]}");
  }

  private static String address(String pod) throws Exception {
    return node.sh(
            "ip -netns "
                + pod
                + " -4 -o address show dev eth0 | sed 's/.*inet \\([0-9.]*\\).*/\\1/'")
        .strip();
  }

  private static String script(String name, String text) throws IOException {
    return Files.writeString(scratch.resolve(name), text, StandardCharsets.UTF_8).toString();
  }

  private static void assertNothingIsLeft(String pod, String address) throws Exception {
    assertThat(node.sh("ip -netns " + pod + " -brief link")).doesNotContain("eth0");
    assertThat(node.sh("ip -brief link show type veth")).doesNotContain("veth");
    assertThat(node.sh("ls /var/lib/cni/networks/cbr0")).doesNotContain(address);
    assertThat(node.sh("nft list ruleset; iptables-save")).doesNotContain(address);
  }

  @Test
  void hostPortsOfAPodAreReachedFromTheNodeAndGoWithIt() throws Exception {
    conflist("web", "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}}");
    node.sh("ip netns add web");
    succeed("add", "web", OURS.toString());
    succeed("check", "web", OURS.toString());
    node.sh("rm -f /run/serving");
    node.sh(
        "ip netns exec web python3 "
            + script("servers.py", SERVERS)
            + " >/dev/null 2>&1 & until [ -e /run/serving ]; do sleep 0.02; done");
    String address = address("web");
    assertThat(address).startsWith("10.244.");

    assertThat(node.sh("python3 " + script("client.py", CLIENT)))
        .isEqualTo("tcp of the pod\nudp of the pod\n");
    // A second pod cannot have the same ports; what was done for it is taken back.
    conflist("twin", "{\"type\":\"portmap\",\"capabilities\":{\"portMappings\":true}}");
    node.sh("ip netns add twin");
    SingleNode.Outcome twin = chain("add", "twin", OURS.toString());
    assertThat(twin.stdout() + twin.stderr()).contains(" is taken by the attachment cbr0/web/eth0");
    succeed("del", "twin", OURS.toString());
    assertThat(node.sh("python3 " + scratch.resolve("client.py"))).contains("tcp of the pod");

    succeed("del", "web", OURS.toString());
    succeed("del", "web", OURS.toString());
    assertNothingIsLeft("web", address);
  }

  @ParameterizedTest
  @EnumSource(Reference.class)
  void referencePluginsWorkBehindOurs(Reference reference) throws Exception {
    Path directory = references();
    assumeTrue(
        Files.isExecutable(directory.resolve(reference.type())),
        "SKIPPED: no reference plugin "
            + reference.type()
            + "; set CNI_PLUGINS_REFERENCE, or install containernetworking-plugins");
    String path = directory + ":" + OURS;
    String pod = reference.type();
    conflist(pod, reference.conf);
    node.sh("ip netns add " + pod);
    SingleNode.Outcome added = chain("add", pod, path);
    List<String> absent = List.of("qdisc", "operation not supported", "no such file or directory");
    boolean lacking =
        added.status() != 0
            && absent.stream().anyMatch(word -> (added.stdout() + added.stderr()).contains(word));
    if (lacking) {
      succeed("del", pod, path);
    }
    assumeTrue(!lacking, "SKIPPED: this kernel lacks what it needs: " + added.stdout());
    assertThat(added.status()).as("%s of %s", added, directory).isZero();
    String address = address(pod);
    node.sh(reference.effect.replace("ADDRESS", address).replace("POD", pod));
    SingleNode.Outcome checked = chain("check", pod, path);
    // Debian's 1.1.1 looks for IPv6 rules of a pod that has no IPv6.
    if (!checked.toString().contains("could not check ipv6 dnat")) {
      assertThat(checked.status()).as("%s of %s", checked, directory).isZero();
    }
    succeed("del", pod, path);
    succeed("del", pod, path);
    assertNothingIsLeft(pod, address);
  }
}
