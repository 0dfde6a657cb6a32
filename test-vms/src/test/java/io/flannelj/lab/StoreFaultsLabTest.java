package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A clock that jumps, and a subnet that is lost while the store is away, under live pods. The
 * faults are those of {@code lab.d/store-faults.sh}.
 */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class StoreFaultsLabTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void nothingIsTornDownAndWhatIsWrongIsTold() throws Exception {
    Lab lab = new Lab("faults-" + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up"));
      succeeds(lab.run("pod", "add", "node1", "red"));
      succeeds(lab.run("pod", "add", "node1", "blue"));
      String far = succeeds(lab.run("pod", "add", "node2", "green")).strip();
      for (String fault : new String[] {"clock", "lost"}) {
        String told =
            succeeds(
                lab.run(
                    "exec",
                    "node1",
                    "env",
                    "PODS=red blue",
                    "FAR=" + far.replaceFirst(".*: ", ""),
                    "bash",
                    Lab.PROJECT.resolve("test-vms/lab.d/store-faults.sh").toString(),
                    fault));
        assertThat(told)
            .as(fault + lab.run("exec", "node1", "cat", "/run/lab/faults.log").text())
            .doesNotContain("NOT ");
      }
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
