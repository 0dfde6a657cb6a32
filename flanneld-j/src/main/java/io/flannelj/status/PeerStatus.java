package io.flannelj.status;

import io.flannelj.lease.Lease;
import java.time.Instant;
import java.util.Optional;

/**
 * Another node as seen from here.
 *
 * @param lease its lease
 * @param path {@code tunnel}, {@code direct}, {@code refused}, or {@code none} before there is a
 *     plan; of two families IPv4's
 * @param ipv6Path IPv6's, where both nodes have both families
 * @param since since when its lease is as it is
 * @param lastError what failed for it last, or why it is refused; empty: nothing
 * @param lastErrorAt when that was
 */
public record PeerStatus(
    Lease lease,
    String path,
    Optional<String> ipv6Path,
    Instant since,
    String lastError,
    Instant lastErrorAt) {
  /** The path of a lease that must not reach the kernel. */
  public static final String REFUSED = "refused";

  /** In words; one word if it is the same for all families. */
  public String paths() {
    return ipv6Path
        .filter(other -> !other.equals(path))
        .map(other -> path + " (IPv6 " + other + ")")
        .orElse(path);
  }

  /** Whether at least one half of its lease must not reach the kernel. */
  public boolean isRefused() {
    return path.equals(REFUSED) || ipv6Path.equals(Optional.of(REFUSED));
  }
}
