package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration with IPv6, alone and beside IPv4. */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class FamilyTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ipv6", "dual"})
  void allPairsTalkAndNothingIsLeft(String family) throws Exception {
    Lab.Result demo = new Lab("lab", scratch).run("demo", "--family", family);

    assertThat(demo.status()).as(demo.text()).isZero();
    assertThat(demo.text())
        .contains("all worked, and all was removed")
        .contains("VXLAN over IPv6")
        .contains("MTU of pods 1430")
        .doesNotContain("FAILED");
  }
}
