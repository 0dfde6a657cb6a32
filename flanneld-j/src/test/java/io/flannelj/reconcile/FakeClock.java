package io.flannelj.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Time that passes only when told to. */
final class FakeClock implements LongSupplier, InstantSource {
  private long nanos = 123_456_789L;

  void advance(Duration by) {
    nanos += by.toNanos();
  }

  @Override
  public long getAsLong() {
    return nanos;
  }

  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(nanos);
  }
}
