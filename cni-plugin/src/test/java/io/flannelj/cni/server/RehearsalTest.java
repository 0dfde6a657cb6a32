package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RehearsalTest {
  @Test
  void everyCallSucceedsAndNothingIsLeft(@TempDir Path parent) throws Exception {
    assertThat(Rehearsal.play(parent, 3, () -> true)).isEmpty();
    assertThat(parent).isEmptyDirectory();
  }
}
