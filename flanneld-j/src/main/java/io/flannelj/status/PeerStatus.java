package io.flannelj.status;

import io.flannelj.lease.Lease;
import java.time.Instant;

/**
 * Another node as seen from here.
 *
 * @param lease its lease
 * @param path {@code tunnel}, {@code direct}, {@code refused}, or {@code none} before there is a
 *     plan
 * @param since since when its lease is as it is
 * @param lastError what failed for it last, or why it is refused; empty: nothing
 * @param lastErrorAt when that was
 */
public record PeerStatus(
    Lease lease, String path, Instant since, String lastError, Instant lastErrorAt) {
  /** The path of a lease that must not reach the kernel. */
  public static final String REFUSED = "refused";
}
