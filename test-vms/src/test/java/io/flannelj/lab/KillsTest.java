package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Launchers, the daemon and stand-alone processes are killed while pods come and go and others
 * talk: see {@code lab kills}. The seed is printed, {@code -Dkills.seed=N} makes the same choices
 * again; {@code -Dkills=1000} kills as often.
 */
@Tag("netns")
class KillsTest {
  private static final int KILLS = Integer.parseInt(System.getProperty("kills", "60"));
  private static final Duration EACH = Duration.ofSeconds(3);
  private static final Duration AROUND = Duration.ofMinutes(2);

  @TempDir private Path scratch;

  @BeforeEach
  void needsTree() {
    Lab.assumePossible();
  }

  @Test
  void nothingLeaksAndNoPacketIsLostWhoeverIsKilled() throws Exception {
    String seed = System.getProperty("kills.seed", Long.toString(System.nanoTime() % 30_000));
    Lab.Result kills =
        new Lab("kills", scratch)
            .within(AROUND.plus(EACH.multipliedBy(KILLS)))
            .run("kills", Integer.toString(KILLS), "--seed", seed);

    System.out.println(kills.text());
    assertThat(kills.text()).contains("all held, and all was removed").doesNotContain("FAILED");
    assertThat(kills.status()).isZero();
  }
}
