package io.flannelj.lease;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Leases by their subnets. Immutable: a change makes a new map that shares all buckets but one with
 * the old, so that a change among 5,000 leases costs a copy of 256 references and of some twenty
 * leases, and so that two maps are compared without looking at what they share. Whoever falls
 * behind compares the map it knows with the newest one; there are no events to lose.
 */
public final class LeaseMap {
  private static final int BUCKETS = 256;
  private static final int SHIFT = Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS);
  // Fibonacci hashing: neighbouring subnets differ in few bits of their hash.
  private static final int SPREAD = 0x9e3779b9;
  private static final Lease[] NO_LEASES = {};

  /** No lease. */
  public static final LeaseMap EMPTY = new LeaseMap(emptyBuckets(), 0);

  private final Lease[][] buckets;
  private final int size;

  private LeaseMap(Lease[][] buckets, int size) {
    this.buckets = buckets;
    this.size = size;
  }

  private static Lease[][] emptyBuckets() {
    Lease[][] buckets = new Lease[BUCKETS][];
    Arrays.fill(buckets, NO_LEASES);
    return buckets;
  }

  /** Of many leases; of two with the same subnets the later counts. */
  public static LeaseMap of(Collection<Lease> leases) {
    Lease[][] buckets = emptyBuckets();
    int size = 0;
    for (Lease lease : leases) {
      int bucket = bucket(lease.subnets());
      Lease[] old = buckets[bucket];
      buckets[bucket] = put(old, lease);
      size += buckets[bucket].length - old.length;
    }
    return new LeaseMap(buckets, size);
  }

  private static int bucket(LeaseSubnets subnets) {
    return (subnets.hashCode() * SPREAD) >>> SHIFT;
  }

  private static int indexOf(Lease[] bucket, LeaseSubnets subnets) {
    for (int i = 0; i < bucket.length; i++) {
      if (bucket[i].subnets().equals(subnets)) {
        return i;
      }
    }
    return -1;
  }

  private static Lease[] put(Lease[] bucket, Lease lease) {
    int index = indexOf(bucket, lease.subnets());
    Lease[] copy = Arrays.copyOf(bucket, index < 0 ? bucket.length + 1 : bucket.length);
    copy[index < 0 ? bucket.length : index] = lease;
    return copy;
  }

  /** The lease of these subnets. */
  public Optional<Lease> get(LeaseSubnets subnets) {
    Lease[] bucket = buckets[bucket(subnets)];
    int index = indexOf(bucket, subnets);
    return index < 0 ? Optional.empty() : Optional.of(bucket[index]);
  }

  /**
   * With a lease in place of the one with the same subnets; the same map if it is there already.
   */
  public LeaseMap with(Lease lease) {
    int at = bucket(lease.subnets());
    Lease[] old = buckets[at];
    int index = indexOf(old, lease.subnets());
    if (index >= 0 && old[index].equals(lease)) {
      return this;
    }
    Lease[][] copy = buckets.clone();
    copy[at] = put(old, lease);
    return new LeaseMap(copy, size + copy[at].length - old.length);
  }

  /** Without the lease of these subnets; the same map if there is none. */
  public LeaseMap without(LeaseSubnets subnets) {
    int at = bucket(subnets);
    Lease[] old = buckets[at];
    int index = indexOf(old, subnets);
    if (index < 0) {
      return this;
    }
    Lease[] shorter = new Lease[old.length - 1];
    System.arraycopy(old, 0, shorter, 0, index);
    System.arraycopy(old, index + 1, shorter, index, shorter.length - index);
    Lease[][] copy = buckets.clone();
    copy[at] = shorter;
    return new LeaseMap(copy, size - 1);
  }

  /** Number of leases. */
  public int size() {
    return size;
  }

  /** Calls for each lease, in no order. */
  public void forEach(Consumer<Lease> action) {
    for (Lease[] bucket : buckets) {
      for (Lease lease : bucket) {
        action.accept(lease);
      }
    }
  }

  /** All leases in the order of their subnets. */
  public List<Lease> sorted() {
    List<Lease> all = new ArrayList<>(size);
    forEach(all::add);
    all.sort(Comparator.comparing(Lease::subnets));
    return all;
  }

  /** What happened between an older map and this one. */
  public LeaseChanges changesSince(LeaseMap older) {
    List<Lease> put = new ArrayList<>();
    List<Lease> removed = new ArrayList<>();
    for (int i = 0; i < BUCKETS; i++) {
      if (buckets[i] != older.buckets[i]) {
        compare(older.buckets[i], buckets[i], put, removed);
      }
    }
    return new LeaseChanges(put, removed);
  }

  private static void compare(Lease[] old, Lease[] now, List<Lease> put, List<Lease> removed) {
    for (Lease lease : now) {
      int index = indexOf(old, lease.subnets());
      if (index < 0 || !old[index].equals(lease)) {
        put.add(lease);
      }
    }
    for (Lease lease : old) {
      if (indexOf(now, lease.subnets()) < 0) {
        removed.add(lease);
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LeaseMap map && map.size == size && changesSince(map).put().isEmpty();
  }

  @Override
  public int hashCode() {
    int[] sum = {0};
    forEach(lease -> sum[0] += lease.hashCode());
    return sum[0];
  }

  @Override
  public String toString() {
    return sorted().toString();
  }
}
