package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration of the README, end to end: three nodes, pods, every check of it. */
@Tag("netns")
class LabDemoTest {
  private static final Path PROJECT =
      Path.of(System.getProperty("maven.multiModuleProjectDirectory", "..")).toAbsolutePath();
  private static final Path TREE = PROJECT.resolve("packaging/target/flanneld-j").normalize();

  @Test
  @Timeout(value = 180, unit = TimeUnit.SECONDS)
  void demonstrationWorksAndLeavesNothing(@TempDir Path directory)
      throws IOException, InterruptedException {
    assumeTrue(
        Files.exists(TREE.resolve("bin/flanneld-j")), "no built tree at " + TREE + ": mvn package");
    assumeTrue(
        Files.exists(PROJECT.resolve("flanneld-j/target/classes/io/flannelj/cli/Main.class")),
        "the daemon is not written yet");
    assumeTrue("root".equals(System.getProperty("user.name")), "the lab's namespaces need root");
    Path output = directory.resolve("output");
    ProcessBuilder lab =
        new ProcessBuilder("bash", PROJECT.resolve("test-vms/lab").toString(), "demo");
    lab.environment().put("LAB_TREE", TREE.toString());
    Process demo =
        lab.redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(demo.waitFor(150, TimeUnit.SECONDS)).as("ended within 150 s").isTrue();
      String text = Files.readString(output);
      assertThat(demo.exitValue()).as(text).isZero();
      assertThat(text).contains("all worked, and all was removed").doesNotContain("FAILED");
      assertThat(Path.of("/run/flannel-j-lab/demo." + demo.pid())).doesNotExist();
    } finally {
      demo.destroy();
    }
  }
}
