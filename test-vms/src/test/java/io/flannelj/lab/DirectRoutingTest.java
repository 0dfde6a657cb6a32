package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** DirectRouting with real packets: node1 and node2 share a link, node3 is behind a router. */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DirectRoutingTest {
  private static final int WOUNDS = 9;

  /** Counts what leaves node1 by eth0: packets of pods as they are, and packets of the tunnel. */
  private static final String COUNT =
      """
      count() { nft list counter inet count "$1" | sed -n 's/.*packets \\([0-9]*\\) .*/\\1/p'; }
      nft -f - <<END
      table inet count
      delete table inet count
      table inet count {
          counter plain { }
          counter tunnel { }
          chain post {
              type filter hook postrouting priority 300;
              oifname "eth0" ip saddr 10.244.0.0/16 counter name plain
              oifname "eth0" ip6 saddr fd00:10:244::/48 counter name plain
              oifname "eth0" udp dport 8472 counter name tunnel
          }
      }
      END
      for far in $FAR; do ip netns exec red ping -q -n -c 5 -i 0.05 -W 5 "$far" | grep received; done
      echo "plain $(count plain) tunnel $(count tunnel)"
      nft delete table inet count
      """;

  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void packetsTakeTheLinkWhereThereIsOneAndTheTunnelElsewhere() throws Exception {
    Lab lab = new Lab("direct-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up", "--family", "dual", "--direct"));
      succeeds(lab.run("pod", "add", "node1", "red"));
      String near = addresses(lab.run("pod", "add", "node2", "near"));
      String far = addresses(lab.run("pod", "add", "node3", "far"));
      assertThat(count(lab, near)).contains("plain 10 tunnel 0");
      assertThat(count(lab, far)).contains("plain 0 tunnel 10");

      String wounds = Lab.PROJECT.resolve("test-vms/lab.d/wounds-direct.sh").toString();
      String ipv4 = "FAR=" + near.split(" ")[0];
      String healed =
          succeeds(lab.run("exec", "node1", "env", "PODS=red", ipv4, "bash", wounds, "check"));
      assertThat(healed).as(lab.run("log", "node1").text()).doesNotContain("NO");
      assertThat(healed.lines().filter(line -> line.startsWith("healed in"))).hasSize(WOUNDS);
      assertThat(count(lab, near)).contains("plain 10 tunnel 0");
      assertThat(count(lab, far)).contains("plain 0 tunnel 10");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String addresses(Lab.Result added) {
    return succeeds(added).strip().replaceFirst(".*: ", "");
  }

  private static String count(Lab lab, String far) throws Exception {
    String text = succeeds(lab.runWithInput(COUNT, "exec", "node1", "env", "FAR=" + far, "bash"));
    assertThat(text).contains("5 received");
    return text;
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
