package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NodeLoopTest {
  private static final long AUDIT = DirtyMarks.millis(60_000);

  @Test
  void aLeaseWithoutEndLetsTheNodeRestUntilTheNextAudit() {
    assertThat(NodeLoop.sooner(AUDIT, Long.MAX_VALUE)).isEqualTo(AUDIT);
    assertThat(NodeLoop.sooner(AUDIT, Long.MAX_VALUE - 1)).isEqualTo(AUDIT);
  }

  @Test
  void aLeaseThatEndsSoonerIsLookedAtSooner() {
    assertThat(NodeLoop.sooner(AUDIT, 5_000)).isEqualTo(DirtyMarks.millis(5_001));
    assertThat(NodeLoop.sooner(AUDIT, 90_000)).isEqualTo(AUDIT);
    assertThat(NodeLoop.sooner(AUDIT, -1)).isEqualTo(AUDIT);
  }
}
