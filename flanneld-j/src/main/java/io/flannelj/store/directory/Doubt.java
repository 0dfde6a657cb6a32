package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Leases that are all found to have run out when they are read for the first time. Either the
 * cluster was off for a day, or our clock is wrong; in both cases taking away their routes helps
 * nobody. They are kept until one of them is renewed and by that tells the time, at most for as
 * long as a living node takes to renew its own.
 */
final class Doubt {
  private static final int FEWEST = 2;

  private final Map<IpPrefix, Lease> kept = new HashMap<>();
  private long until;

  /** Looks at what was read first. Of all leases, the one that is alive is ours. */
  void look(Collection<Lease> leases, long now, long uptime) {
    kept.clear();
    leases.stream()
        .filter(lease -> lease.isExpired(now))
        .forEach(lease -> kept.put(lease.subnet(), lease));
    if (kept.size() < FEWEST || kept.size() < leases.size() - 1) {
      kept.clear();
    }
    until = uptime + LeaseClock.TTL_MILLIS;
  }

  /**
   * A lease was read again. If it was renewed and is alive by our clock, then the others are dead
   * indeed; if it has run out by our clock, then our clock is wrong.
   */
  void seen(Lease lease, long now) {
    if (!kept.containsKey(lease.subnet())) {
      return;
    }
    if (lease.isExpired(now)) {
      kept.put(lease.subnet(), lease);
    } else {
      kept.clear();
    }
  }

  /** Whether there are leases that stay though they have run out. */
  boolean keepsAny() {
    return !kept.isEmpty();
  }

  /** Whether a lease stays though it has run out. */
  boolean keeps(Lease lease, long uptime) {
    return uptime < until && lease.equals(kept.get(lease.subnet()));
  }

  /** What is to be told of it. */
  Optional<String> text(Path directory) {
    return kept.values().stream()
        .mapToLong(Lease::expiresAt)
        .boxed()
        .max(Long::compare)
        .map(
            last ->
                "the leases of all "
                    + kept.size()
                    + " other nodes had run out when they were first read, the last at "
                    + Instant.ofEpochMilli(last)
                    + ": is our clock right? They are kept until one is renewed, for a day at most;"
                    + " if those nodes are gone, remove their files from "
                    + directory);
  }
}
