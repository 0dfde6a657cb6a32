package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A live node is switched from Go flannel to this daemon and back, under a flood of pings and with
 * ever new connections to the outside. What Go flannel leaves is laid down by hand ({@code
 * lab.d/go-node.sh}).
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class GoFlannelSwitchTest {
  private static final int CHECKS = 20;

  @TempDir private Path scratch;

  @BeforeEach
  void needsTreeAndPlugins() {
    Lab.assumePossible();
    assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/cni/bridge")),
        "no reference plugins in /usr/lib/cni: apt-get install containernetworking-plugins");
  }

  @Test
  void nothingIsLostEitherWay() throws Exception {
    Lab lab = new Lab("switch-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up"));
      String far = succeeds(lab.run("pod", "add", "node2", "green"));
      String said =
          succeeds(
              lab.run(
                  "exec",
                  "node1",
                  "bash",
                  Lab.PROJECT.resolve("test-vms/lab.d/go-node.sh").toString(),
                  far.strip().replaceFirst(".*: ", "")));
      List<String> lines = said.lines().filter(line -> line.startsWith("ok ")).toList();
      assertThat(said.lines().filter(line -> line.startsWith("NOT ")).toList())
          .as(said + lab.run("log", "node1").text())
          .isEmpty();
      assertThat(lines).as(said).hasSize(CHECKS);
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
