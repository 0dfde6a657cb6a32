package io.flannelj.store.etcd;

import java.util.List;

/**
 * All keys below {@code subnets/} at one moment.
 *
 * @param clusterId of the cluster that has them
 * @param revision of the cluster at that moment
 * @param at the moment, {@link System#nanoTime}
 */
record Listing(String clusterId, long revision, List<KeyValue> kvs, long at) {
  private static final long YOUNG_NANOS = 2_000_000_000L;

  /** Whether it was read so lately that a node that starts need not read it again. */
  boolean isYoung() {
    return System.nanoTime() - at < YOUNG_NANOS;
  }
}
