package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A container's /proc/sys: read-only, with the node's values in it. */
@Tag("netns")
@RequiresRoot
class SysctlTableTest {
  private static final String PRECAUTION = "net/ipv6/conf/flannel.1/accept_ra";
  private static final String UPLINK = "net/ipv6/conf/eth0/accept_ra";
  private static final String FORWARDING = "net/ipv4/ip_forward";

  @Test
  void aPrecautionThatAContainerMayNotTakeIsLeftAndForwardingFails(@TempDir Path root)
      throws Exception {
    value(root, PRECAUTION, "1");
    value(root, UPLINK, "1");
    value(root, FORWARDING, "0");
    String dir = root.toString();
    run("mount", "--bind", dir, dir);
    try {
      run("mount", "-o", "remount,bind,ro", dir);
      SysctlTable table = new SysctlTable(new Sysctl(root));
      Map<String, String> wanted = Map.of(PRECAUTION, "0", UPLINK, "2", FORWARDING, "1");
      assertThat(table.apply(wanted, Map.of())).containsOnlyKeys(UPLINK, FORWARDING);
      // Or each round would find it amiss again.
      assertThat(table.dumpOwned())
          .containsEntry(PRECAUTION, "0")
          .containsEntry(UPLINK, "1")
          .containsEntry(FORWARDING, "0");
    } finally {
      run("umount", dir);
    }
  }

  @Test
  void aPrecautionIsTakenWhereItMayBe(@TempDir Path root) throws Exception {
    value(root, PRECAUTION, "1");
    SysctlTable table = new SysctlTable(new Sysctl(root));
    assertThat(table.apply(Map.of(PRECAUTION, "0"), Map.of())).isEmpty();
    assertThat(Files.readString(root.resolve(PRECAUTION))).isEqualTo("0");
  }

  private static void value(Path root, String key, String value) throws IOException {
    Path file = root.resolve(key);
    Files.createDirectories(file.getParent());
    Files.writeString(file, value);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }
}
