package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What befalls a node while no daemon runs is mended by the next one's start. */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DaemonDownTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
    assumeTrue(
        Files.isExecutable(Path.of("/usr/lib/cni/bridge")),
        "no reference plugins in /usr/lib/cni: apt-get install containernetworking-plugins");
  }

  @Test
  void aBridgeDeletedUnderLivePodsComesBackWithAllOfThem() throws Exception {
    Lab lab = new Lab("down-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up"));
      succeeds(lab.run("pod", "add", "node1", "red"));
      String far = succeeds(lab.run("pod", "add", "node2", "green"));
      succeeds(lab.runWithInput(HealingTest.GO_POD, "exec", "node1", "bash", "-e"));
      String told =
          succeeds(
              lab.run(
                  "exec",
                  "node1",
                  "env",
                  "PODS=red go",
                  "FAR=" + far.strip().replaceFirst(".*: ", ""),
                  "bash",
                  Lab.PROJECT.resolve("test-vms/lab.d/faults.sh").toString(),
                  "bridge-gone"));
      assertThat(told)
          .as(lab.run("exec", "node1", "cat", "/run/lab/faults.log").text())
          .doesNotContain("NOT ");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
