package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What foreign hands do to a node's network is undone by the event that it causes: the periodic
 * comparison is an hour away. The wounds are those of {@code lab.d/wounds.sh}.
 */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class HealingTest {
  private static final int LEAST_WOUNDS = 30;
  private static final List<String> PROBLEMS = List.of("NO", "STILL");
  private static final String DAEMON = "/usr/lib/flannel-j/bin/flanneld-j";

  /** Foreign objects and what shows them; none of them may change in any round. */
  private static final String FOREIGN =
      String.join(
          "\n",
          "ip link add other0 type vxlan id 9 dstport 4790 local 192.0.2.11 dev eth0",
          "ip link set other0 up",
          "ip address add 172.31.0.1/24 dev other0",
          // Not over eth0: with the uplink's last address the kernel drops every route there.
          "ip route add 198.51.100.0/24 dev other0",
          "bridge fdb add 02:00:00:00:00:99 dst 192.0.2.99 dev other0",
          "ip neigh add 172.31.0.9 lladdr 02:00:00:00:00:99 dev other0",
          "nft add table ip theirs");

  private static final String SHOW_FOREIGN =
      String.join(
          "\n",
          "ip route show 198.51.100.0/24",
          "ip -4 address show dev other0",
          "bridge fdb show dev other0",
          "ip neigh show dev other0 nud permanent",
          "nft list tables ip | grep theirs");

  /** A pod attached by the reference plugin, as flannel's Go plugin has it called. */
  static final String GO_POD =
      """
      ip netns add go
      subnet=$(sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env)
      CNI_COMMAND=ADD CNI_CONTAINERID=go CNI_NETNS=/run/netns/go CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni \
        /usr/lib/cni/bridge <<END
      {"cniVersion": "0.4.0", "name": "cbr0", "type": "bridge", "bridge": "cni0", "isGateway": true,
       "isDefaultGateway": true, "hairpinMode": true, "ipMasq": false, "mtu": 1450,
       "ipam": {"type": "host-local", "ranges": [[{"subnet": "${subnet/.1\\//.0/}"}]]}}
      END
      """;

  /**
   * What is not ours to mend is named in the status, stays, and goes from there when it is gone.
   */
  private static final String IN_THE_WAY =
      """
      says() { /usr/lib/flannel-j/bin/flanneld-j status | grep -qF "$1"; }
      await() {
        local i
        for i in $(seq 50); do says "$1" && return; sleep 0.1; done
        echo "NOT NAMED: $1"
      }
      await_gone() {
        local i
        for i in $(seq 50); do says "$1" || return 0; sleep 0.1; done
        echo "STILL NAMED: $1"
      }
      peer=$(ip route | sed -n 's|\\(10.244.[0-9]*\\).0/24 via.*flannel.1.*|\\1|p' | head -n 1)
      ip route add "$peer.128/25" via 192.0.2.254
      await "ip route delete $peer.128/25 via 192.0.2.254 dev eth0"
      ip route show "$peer.128/25" | grep -q via || echo "NOT LEFT ALONE: route"
      ip route delete "$peer.128/25" via 192.0.2.254 dev eth0
      await_gone "$peer.128/25"
      ip route add default via 192.0.2.254 table 77
      ip rule add to 10.244.0.0/16 lookup 77 priority 1000
      await "ip rule delete priority 1000"
      ip rule delete priority 1000
      await_gone "priority 1000"
      daemon=$(pidof java)
      kill -STOP "$daemon"
      ip link delete flannel.1
      ip link add flannel.1 type bridge
      kill -CONT "$daemon"
      await 'device flannel.1 is of kind "bridge"'
      ip -d link show flannel.1 | grep -qw bridge || echo "NOT LEFT ALONE: flannel.1"
      ip link delete flannel.1
      await_gone 'device flannel.1 is of kind "bridge"'
      """;

  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
    assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/cni/bridge")),
        "no reference plugins in /usr/lib/cni: apt-get install containernetworking-plugins");
  }

  @Test
  void everyWoundIsHealedByItsEventAndForeignObjectsSurvive() throws Exception {
    Lab lab = new Lab("healing-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up"));
      succeeds(lab.run("pod", "add", "node1", "red"));
      String far = succeeds(lab.run("pod", "add", "node2", "green"));
      succeeds(lab.runWithInput(GO_POD, "exec", "node1", "bash", "-e"));
      succeeds(lab.runWithInput(FOREIGN, "exec", "node1", "sh", "-e"));
      String foreign = succeeds(lab.runWithInput(SHOW_FOREIGN, "exec", "node1", "sh"));
      String healed =
          succeeds(
              lab.run(
                  "exec",
                  "node1",
                  "env",
                  "PODS=red go",
                  "FAR=" + far.strip().replaceFirst(".*: ", ""),
                  "bash",
                  Lab.PROJECT.resolve("test-vms/lab.d/wounds.sh").toString(),
                  "check"));
      assertThat(problems(healed)).as(healed + lab.run("log", "node1").text()).isEmpty();
      assertThat(healed.lines().filter(line -> line.startsWith("healed in")).count())
          .as(healed)
          .isGreaterThanOrEqualTo(LEAST_WOUNDS);
      assertThat(succeeds(lab.runWithInput(SHOW_FOREIGN, "exec", "node1", "sh")))
          .isEqualTo(foreign);
      String named = succeeds(lab.runWithInput(IN_THE_WAY, "exec", "node1", "bash"));
      assertThat(problems(named)).as(named + lab.run("log", "node1").text()).isEmpty();
      assertThat(lab.run("exec", "node1", DAEMON, "plan", "--diff").text())
          .contains("the kernel is as it should be");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static List<String> problems(String text) {
    return text.lines()
        .filter(line -> PROBLEMS.stream().anyMatch(line::startsWith))
        .collect(Collectors.toList());
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
