package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How containerd (go-cni) and CRI-O (ocicni) call the executables, where that differs from a plain
 * ADD and DEL: containerd attaches {@code lo} and {@code eth0} at the same moment, writes keys as
 * Go does and repeats DEL without a namespace; CRI-O asks every plugin for VERSION at each change
 * of a directory, sends CHECK right after ADD, and GC when it starts.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class RuntimeHabitsTest {
  private static final Path TOOLS = Lab.PROJECT.resolve("test-vms/target/bench");
  private static final String PLUGINS =
      """
      {"type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}},
      {"type":"portmap","capabilities":{"portMappings":true}}""";

  /** A plugin's call: call VERB TYPE POD IFNAME NETNS, configuration on standard input. */
  private static final String CALL =
      """
      #!/bin/sh
      export CNI_COMMAND=$1 CNI_CONTAINERID=$3 CNI_IFNAME=$4 CNI_NETNS=$5 CNI_PATH=CNI
      export CNI_ARGS="K8S_POD_UID=5c2c;IgnoreUnknown=1;K8S_POD_NAME=$3;K8S_POD_NAMESPACE=lab"
      exec CNI/$2
      """
          .replace("CNI/", SingleNode.TREE.resolve("cni") + "/")
          .replace("=CNI", "=" + SingleNode.TREE.resolve("cni"));

  /** One pod as containerd 1.6 attaches and detaches it; $1 the pod, $2 its host port. */
  private static final String CONTAINERD =
      """
      #!/bin/sh
      set -e
      pod=$1
      lo='{"cniVersion":"0.3.1","name":"cni-loopback","type":"loopback"}'
      flannel='{"cniVersion":"0.3.1","name":"cbr0","type":"flannel","delegate":{"hairpinMode":true,"isDefaultGateway":true}}'
      ports="\\"runtimeConfig\\":{\\"portMappings\\":[{\\"HostPort\\":$2,\\"ContainerPort\\":80,\\"Protocol\\":\\"tcp\\",\\"HostIP\\":\\"\\"}]}"
      portmap="\\"cniVersion\\":\\"0.3.1\\",\\"name\\":\\"cbr0\\",\\"type\\":\\"portmap\\",\\"capabilities\\":{\\"portMappings\\":true},$ports"
      ip netns add $pod
      call ADD loopback $pod lo /run/netns/$pod <<END >$pod.lo &
      $lo
      END
      call ADD flannel $pod eth0 /run/netns/$pod <<END >$pod.eth0
      $flannel
      END
      wait $!
      call ADD portmap $pod eth0 /run/netns/$pod <<END >$pod.result
      {$portmap,"prevResult":$(cat $pod.eth0)}
      END
      grep -q '"version": *"4"' $pod.result
      ip netns exec $pod ping -q -c 1 -W 5 127.0.0.1 >/dev/null
      nft list ruleset | grep -q "$2"
      # At the end of a sandbox, again because the first answer was lost, and when the namespace is gone or not known any more.
      detach() {
          call DEL loopback $pod lo "$1" <<END
      $lo
      END
          call DEL portmap $pod eth0 "$1" <<END
      {$portmap}
      END
          call DEL flannel $pod eth0 "$1" <<END
      $flannel
      END
      }
      detach /run/netns/$pod
      detach /run/netns/$pod
      ip netns del $pod
      detach /run/netns/$pod
      detach ""
      """;

  @TempDir private static Path scratch;
  private static SingleNode node;

  @BeforeAll
  static void start() throws Exception {
    Lab.assumePossible();
    Process make =
        new ProcessBuilder("make", "-s", "-C", Lab.PROJECT + "/test-vms/bench", "OUT=" + TOOLS)
            .inheritIO()
            .start();
    assertThat(make.waitFor()).isZero();
    program("call", CALL);
    program("containerd-pod", CONTAINERD);
    for (String version : List.of("0.4.0", "1.1.0")) {
      Files.writeString(
          scratch.resolve(version + ".conflist"),
          "{\"name\":\"cbr0\",\"cniVersion\":\"" + version + "\",\"plugins\":[" + PLUGINS + "]}");
    }
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

  private static void program(String name, String text) throws Exception {
    Path file = Files.writeString(scratch.resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** A shell command with the scripts above at hand; cni-chain runs a list as libcni does. */
  private static String sh(String script) throws Exception {
    return node.sh(
        "cd $D; PATH=$D:"
            + TOOLS
            + ":$PATH; CNI="
            + SingleNode.TREE.resolve("cni")
            + "; chain() { cni-chain $1 --conflist $D/$2.conflist --path $CNI --netns /run/netns/$3"
            + " --id $3 --cap '{\"portMappings\":[]}' --cache $D/results; }; set -e; "
            + script);
  }

  private static void assertNothingIsLeft() throws Exception {
    assertThat(sh("ip -brief link show type veth")).doesNotContain("veth");
    assertThat(addresses()).isEmpty();
    assertThat(sh("nft list ruleset")).doesNotContainPattern("10\\.244\\.\\d+\\.[1-9]");
    assertThat(sh("ip netns list")).isEmpty();
  }

  private static List<String> addresses() throws Exception {
    return sh("ls /var/lib/cni/networks/cbr0")
        .lines()
        .filter(name -> name.startsWith("10."))
        .toList();
  }

  private static List<String> pods(String name, int count) {
    return IntStream.range(0, count).mapToObj(number -> name + number).toList();
  }

  @Test
  void containerdAttachesBothInterfacesAtOnceAndRepeatsDel() throws Exception {
    // Ten pods at the same moment; what any of their calls says wrong ends its script.
    sh(
        "jobs=; for n in 0 1 2 3 4 5 6 7 8 9; do containerd-pod ctr$n 1808$n >ctr$n.text 2>&1 & jobs=\"$jobs $!\"; done;"
            + " for job in $jobs; do wait $job || { cat ctr*.text >&2; exit 1; }; done");

    assertThat(sh("cat ctr*.text")).as("DEL prints nothing").isEmpty();
    assertNothingIsLeft();
  }

  @Test
  void versionIsAnsweredToEveryEventWithTheDaemonAndWithout() throws Exception {
    String ask =
        "for round in 1 2 3 4 5; do for type in flannel portmap bridge host-local loopback; do"
            + " echo '{\"cniVersion\":\"1.1.0\"}' | CNI_COMMAND=VERSION CNI_NETNS=dummy CNI_IFNAME=dummy"
            + " CNI_PATH=dummy $CNI/$type & done; wait; done";
    String standalone =
        "for p in /proc/[0-9]*; do if grep -qs lib/cni-[p]lugin- $p/cmdline; then echo $p; fi; done";
    List<String> before = sh(standalone).lines().toList();

    String text = sh(ask);
    String without =
        sh(
            "mv /run/flannel/cni.sock /run/flannel/aside; trap 'mv /run/flannel/aside /run/flannel/cni.sock' EXIT; "
                + ask);

    assertThat(text.split("\"supportedVersions\"", -1)).hasSize(26);
    assertThat(text.split("\"0.3.1\"", -1)).hasSize(26);
    assertThat(without.split("\"1.1.0\"", -1).length).isGreaterThanOrEqualTo(26);
    assertThat(sh(standalone).lines())
        .as("no stand-alone process is started for VERSION")
        .isSubsetOf(before);
  }

  @Test
  void crioChecksAtOnceAndDetachesFromItsCacheWithoutANamespace() throws Exception {
    String pods = String.join(" ", pods("crio", 8));
    sh(
        "jobs=; for pod in "
            + pods
            + "; do { ip netns add $pod && chain add 0.4.0 $pod >/dev/null && chain check 0.4.0 $pod; } & jobs=\"$jobs $!\"; done;"
            + " for job in $jobs; do wait $job; done");
    assertThat(addresses()).hasSize(8);

    sh("for pod in " + pods + "; do ip netns del $pod; chain del 0.4.0 $pod; done");
    assertNothingIsLeft();
    sh("for pod in " + pods + "; do chain del 0.4.0 $pod; done");
    assertNothingIsLeft();
  }

  @Test
  void crioCollectsAtItsStartWhatItKnowsNothingOf() throws Exception {
    List<String> pods = pods("gc", 6);
    for (String pod : pods) {
      sh("ip netns add " + pod + "; chain add 1.1.0 " + pod + " >/dev/null");
    }
    // Two were lost with their namespaces while the runtime was away, two were forgotten by it
    // only.
    sh("ip netns del gc4; ip netns del gc5");
    String valid =
        pods.subList(0, 2).stream()
            .map(pod -> "{\"containerID\":\"" + pod + "\",\"ifname\":\"eth0\"}")
            .collect(Collectors.joining(",", "[", "]"));
    sh("cni-chain gc --conflist $D/1.1.0.conflist --path $CNI --valid '" + valid + "'");

    assertThat(addresses()).hasSize(2);
    assertThat(sh("ip -o link show master cni0").lines()).hasSize(2);
    sh("chain check 1.1.0 gc0; chain check 1.1.0 gc1; chain status 1.1.0 gc0");

    sh("for pod in " + String.join(" ", pods) + "; do chain del 1.1.0 $pod; done");
    sh("for pod in " + String.join(" ", pods.subList(0, 4)) + "; do ip netns del $pod; done");
    assertNothingIsLeft();
  }
}
