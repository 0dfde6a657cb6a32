package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred calls at once without a daemon are served by one stand-alone process, in little memory;
 * their callers read each output to its end, and the daemon may come back in the middle.
 */
@Tag("netns")
class DaemonAwayTest {
  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void hundredCallsAreServedWithoutTheDaemonAndWhileItComesBack() throws Exception {
    Lab.Result away = new Lab("away", scratch).run("bench", "away", "once");

    assertThat(away.status()).as(away.text()).isZero();
    assertThat(away.text())
        .contains("ok      the daemon coming back in the middle: no call failed")
        .doesNotContain("FAILED");
  }
}
