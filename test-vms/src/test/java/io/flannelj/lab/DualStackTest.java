package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dual-stack node that loses parts of its IPv6 network, or never had IPv6. */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DualStackTest {
  private static final int WOUNDS = 27;

  /** As with ipv6.disable=1: nothing under /proc/sys; then the daemon starts again. */
  private static final String RESTART_WITHOUT_IPV6 =
      """
      mount -t tmpfs none /proc/sys/net/ipv6
      daemon=$(pidof java)
      kill $daemon
      i=0; while [ -d /proc/$daemon ] && [ $i -lt 200 ]; do sleep 0.1; i=$((i+1)); done
      rm /run/flannel/subnet.env
      setsid env -u JAVA_TOOL_OPTIONS /usr/lib/flannel-j/bin/flanneld-j run --store directory \\
          --store-dir /run/lab/store --ip-masq >/run/lab/limited.log 2>&1 </dev/null &
      i=0; until [ -s /run/flannel/subnet.env ] || [ $i = 600 ]; do sleep 0.1; i=$((i+1)); done
      cat /run/flannel/subnet.env
      /usr/lib/flannel-j/bin/flanneld-j status
      """;

  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dual", "ipv6"})
  void everyWoundOfIpv6IsHealedAtOnce(String family) throws Exception {
    Lab lab = new Lab("wounds6-" + family + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up", "--family", family));
      succeeds(lab.run("pod", "add", "node1", "red"));
      String far = succeeds(lab.run("pod", "add", "node2", "green")).strip();
      String healed =
          succeeds(
              lab.run(
                  "exec",
                  "node1",
                  "env",
                  "PODS=red",
                  "FAR=" + far.substring(far.lastIndexOf(' ') + 1),
                  "bash",
                  Lab.PROJECT.resolve("test-vms/lab.d/wounds6.sh").toString(),
                  "check"));
      assertThat(healed).as(lab.run("log", "node1").text()).doesNotContain("NO");
      assertThat(healed.lines().filter(line -> line.startsWith("healed in")).count())
          .isGreaterThanOrEqualTo(WOUNDS);
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  @Test
  void aNodeWhoseKernelHasNoIpv6RunsIpv4AndSaysWhatIsOff() throws Exception {
    Lab lab = new Lab("limited-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up", "--family", "dual"));
      String node1 = succeeds(lab.runWithInput(RESTART_WITHOUT_IPV6, "exec", "node1", "bash"));
      assertThat(node1)
          .contains("FLANNEL_NETWORK=10.244.0.0/16", "FLANNEL_MTU=1450")
          .doesNotContain("FLANNEL_IPV6")
          .contains(": ready for ")
          .contains("IPv6: this kernel has none (ipv6.disable=1?)");
      assertThat(lab.run("pod", "add", "node1", "here").text()).contains("here on node1: 10.244.");
      String there = succeeds(lab.run("pod", "add", "node2", "there"));
      String address = there.strip().replaceFirst(".*: (10[.0-9]+).*", "$1");
      succeeds(
          lab.run("exec", "node1", "ip", "netns", "exec", "here", "ping", "-c1", "-W3", address));
      succeeds(lab.run("pod", "del", "node1", "here"));
      assertThat(lab.run("exec", "node1", "cat", "/run/lab/limited.log").text())
          .contains("off: IPv6: this kernel has none")
          .doesNotContain("WARN", "ERROR");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
