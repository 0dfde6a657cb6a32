package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What foreign hands do to a node's network is undone by the event that it causes: the periodic
 * comparison is an hour away.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class HealingTest {
  @TempDir private Path scratch;

  /**
   * A foreign hand.
   *
   * @param hand the command, in a shell on node1 with PEER, GATEWAY, MAC set
   * @param healed succeeds once all is as it was
   */
  private record Wound(String hand, String healed) {}

  private static final List<Wound> WOUNDS =
      List.of(
          new Wound("ip link delete flannel.1", "ip route | grep \"$PEER.*flannel.1\""),
          new Wound("ip link set flannel.1 down", "ip route | grep \"$PEER.*flannel.1\""),
          new Wound("ip route delete $PEER", "ip route | grep \"$PEER.*flannel.1\""),
          new Wound(
              "ip route replace $PEER via 192.0.2.254",
              "ip route | grep \"$PEER via $GATEWAY dev flannel.1\""),
          new Wound(
              "ip neigh delete $GATEWAY dev flannel.1",
              "ip neigh show dev flannel.1 | grep \"$GATEWAY .*PERM\""),
          new Wound(
              "bridge fdb delete $MAC dev flannel.1",
              "bridge fdb show dev flannel.1 | grep \"$MAC dst\""),
          new Wound("ip link set flannel.1 mtu 1300", "ip link show flannel.1 | grep 'mtu 1450'"),
          new Wound(
              "ip link set flannel.1 address 02:00:00:00:00:77",
              "! ip link show flannel.1 | grep 00:77 &&"
                  + " ip neigh show dev flannel.1 | grep \"$GATEWAY .*PERM\""),
          new Wound(
              "ip address add 10.244.99.9/32 dev flannel.1",
              "! ip address show flannel.1 | grep 99.9"),
          new Wound(
              "ip address flush dev flannel.1", "ip address show flannel.1 | grep 'inet 10.244'"),
          new Wound(
              "echo 0 > /proc/sys/net/ipv4/ip_forward", "grep 1 /proc/sys/net/ipv4/ip_forward"),
          new Wound("nft flush ruleset", "nft list table ip flannel-ipv4 | grep masquerade"),
          new Wound(
              "nft delete table ip flannel-ipv4",
              "nft list table ip flannel-ipv4 | grep masquerade"));

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void everyWoundIsHealedByItsEventAndForeignObjectsSurvive() throws Exception {
    Lab lab = new Lab("healing-" + ProcessHandle.current().pid(), scratch);
    try {
      Lab.Result up = lab.run("up");
      assertThat(up.status()).as(up.text()).isZero();
      Lab.Result foreign =
          lab.run("exec", "node1", "sh", "-c", "ip route add 198.51.100.0/24 via 192.0.2.254");
      assertThat(foreign.status()).as(foreign.text()).isZero();
      Lab.Result healed = lab.runWithInput(script(), "exec", "node1", "sh");
      assertThat(healed.text()).as(healed.text()).doesNotContain("NOT HEALED");
      assertThat(healed.status()).as(healed.text()).isZero();
      assertThat(lab.run("exec", "node1", "ip", "route").text()).contains("198.51.100.0/24");
      assertThat(
              lab.run("exec", "node1", "/usr/lib/flannel-j/bin/flanneld-j", "plan", "--diff")
                  .text())
          .contains("the kernel is as it should be");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  /** All in one shell: entering the node for each step would take longer than the repairs. */
  private static String script() {
    List<String> lines = new ArrayList<>();
    lines.add("PEER=$(ip route | grep -m1 flannel.1 | cut -d' ' -f1)");
    lines.add("GATEWAY=${PEER%/*}");
    lines.add("MAC=$(bridge fdb show dev flannel.1 | head -n1 | cut -d' ' -f1)");
    for (Wound wound : WOUNDS) {
      lines.add("i=0; " + wound.hand());
      lines.add(
          "until { "
              + wound.healed()
              + "; } >/dev/null 2>&1; do i=$((i+1)); [ $i -lt 200 ] ||"
              + " { echo 'NOT HEALED: "
              + wound.hand().replace("'", "")
              + "'; break; }; sleep 0.05; done");
    }
    return String.join("\n", lines) + "\n";
  }
}
