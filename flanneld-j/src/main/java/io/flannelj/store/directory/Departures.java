package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Leases whose files have gone. A directory that is removed as a whole, as by {@code rm -r}, loses
 * its files one by one before, and inotify(7) tells of each. So they count on until no other has
 * gone for a moment; whoever believes them then has looked whether the directory is still there.
 *
 * <p>Times are those of {@link System#nanoTime()}.
 */
final class Departures {
  private static final long SETTLE = TimeUnit.MILLISECONDS.toNanos(250);
  // Files that go for so long are no removal of the whole.
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(10);

  private final Map<SubnetKey, Lease> leases = new HashMap<>();
  private long first;
  private long last;

  /** A file has gone. */
  void add(Lease lease, long now) {
    if (leases.isEmpty()) {
      first = now;
    }
    last = now;
    leases.put(lease.key(), lease);
  }

  /** It is there again. */
  void back(SubnetKey key) {
    leases.remove(key);
  }

  /** Those that count on. */
  Collection<Lease> leases() {
    return leases.values();
  }

  /** One that counts on. */
  Optional<Lease> find(SubnetKey key) {
    return Optional.ofNullable(leases.get(key));
  }

  /** Milliseconds until they can be believed, 0 if now; very many if there are none. */
  long waitMillis(long now) {
    if (leases.isEmpty()) {
      return Long.MAX_VALUE;
    }
    long left = Math.min(last + SETTLE - now, first + LONGEST - now);
    return left <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(left) + 1;
  }

  /** They have gone for good; whose they were. */
  Set<SubnetKey> believe() {
    Set<SubnetKey> keys = Set.copyOf(leases.keySet());
    leases.clear();
    return keys;
  }
}
