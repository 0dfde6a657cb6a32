package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What doctor says of a broken node, beside its daemon and without: {@code lab.d/doctor.sh}. */
@Tag("netns")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DoctorLabTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void eachFaultIsNamedWithItsRemedy() throws Exception {
    examine("dual", "doctor.sh");
  }

  @Test
  void aNodeOfIpv6AloneIsWellAndItsFaultsAreNamed() throws Exception {
    examine("ipv6", "doctor6.sh");
  }

  private void examine(String family, String faults) throws Exception {
    Lab lab = new Lab("doctor-" + family + ProcessHandle.current().pid(), scratch);
    try {
      succeeds(lab.run("up", "--family", family));
      String script = Lab.PROJECT.resolve("test-vms/lab.d/" + faults).toString();
      assertThat(succeeds(lab.run("exec", "node1", "bash", script))).doesNotContain("NOT ");
    } finally {
      assertThat(lab.run("down").status()).isZero();
    }
  }

  private static String succeeds(Lab.Result result) {
    assertThat(result.status()).as(result.text()).isZero();
    return result.text();
  }
}
