package io.flannelj.status.metrics;

import java.util.concurrent.atomic.LongAdder;

/** Durations in buckets. Any thread may add. */
final class Histogram {
  private static final long[] BOUNDS_MICROS = {
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000
  };
  private static final double MICROS = 1e6;

  private final LongAdder[] counts = new LongAdder[BOUNDS_MICROS.length + 1];
  private final LongAdder nanos = new LongAdder();

  Histogram() {
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  void add(long duration) {
    int bucket = 0;
    while (bucket < BOUNDS_MICROS.length && duration > BOUNDS_MICROS[bucket] * 1000) {
      bucket++;
    }
    counts[bucket].increment();
    nanos.add(duration);
  }

  /** Upper bounds in seconds, the last one infinite. */
  static double[] boundsSeconds() {
    double[] bounds = new double[BOUNDS_MICROS.length + 1];
    for (int i = 0; i < BOUNDS_MICROS.length; i++) {
      bounds[i] = BOUNDS_MICROS[i] / MICROS;
    }
    bounds[BOUNDS_MICROS.length] = Double.POSITIVE_INFINITY;
    return bounds;
  }

  /** Of each bucket alone, not of those below too. */
  long[] counts() {
    long[] sums = new long[counts.length];
    for (int i = 0; i < counts.length; i++) {
      sums[i] = counts[i].sum();
    }
    return sums;
  }

  double sumSeconds() {
    return nanos.sum() / 1e9;
  }
}
