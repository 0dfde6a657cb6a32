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
 * The lab end to end: three nodes with daemon and executables as installed, pods attached as a
 * container runtime does.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class LabDemoTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void demonstrationOfTheReadmeWorksAndLeavesNothing() throws Exception {
    Lab.Result demo = new Lab("lab", scratch).run("demo");

    assertThat(demo.status()).as(demo.text()).isZero();
    assertThat(demo.text()).contains("all worked, and all was removed").doesNotContain("FAILED");
  }

  @Test
  void nodesCanBePlayedWith() throws Exception {
    String name = "played-" + ProcessHandle.current().pid();
    Lab lab = new Lab(name, scratch);
    try {
      Lab.Result up = lab.run("up");
      assertThat(up.status()).as(up.text()).isZero();
      assertThat(lab.run("pod", "add", "node1", "web").text()).contains("web on node1: 10.244.");
      assertThat(lab.run("pod", "add", "node3", "db").status()).isZero();
      Lab.Result talk =
          lab.runWithInput(
              "hello",
              "exec",
              "node2",
              "sh",
              "-c",
              "cat; hostname; test -S /run/flannel/cni.sock; exit 7");
      assertThat(talk).isEqualTo(new Lab.Result(7, "hellonode2\n"));
      String address =
          lab.run("exec", "node3", "ip", "-netns", "db", "-4", "-br", "address", "show", "eth0")
              .text()
              .replaceAll("(?s).*\\s(10[.0-9]+)/.*", "$1");
      Lab.Result ping =
          lab.run(
              "exec", "node1", "ip", "netns", "exec", "web", "ping", "-c", "1", "-W", "3", address);
      assertThat(ping.status()).as(ping.text()).isZero();
      assertThat(lab.run("status").text()).contains("pods: web");
      assertThat(lab.run("pod", "del", "node1", "web").status()).isZero();
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
    assertThat(Path.of("/run/flannel-j-lab", name)).doesNotExist();
  }
}
