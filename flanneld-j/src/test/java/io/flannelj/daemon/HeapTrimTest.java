package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapTrimTest {
  private static final long MIB = 1 << 20;

  private long committed;
  private long used;
  private int collections;
  private final HeapTrim trim = new HeapTrim(() -> committed, () -> used, () -> collections++);

  private void look(long committedMib, long liveMib) {
    committed = committedMib * MIB;
    used = liveMib * MIB;
    trim.look();
  }

  @Test
  void aHeapThatGrewFarBeyondWhatLivesIsCollected() {
    look(14, 10);
    look(24, 10);
    assertThat(collections).isZero();
    look(38, 10);
    assertThat(collections).isOne();
  }

  @Test
  void aHeapThatIsFullOfLiveObjectsIsNotCollectedOverAndOver() {
    look(60, 50);
    look(60, 50);
    look(62, 50);
    assertThat(collections).isOne();
  }
}
