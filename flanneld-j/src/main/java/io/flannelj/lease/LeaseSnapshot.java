package io.flannelj.lease;

/**
 * All leases of a store at one moment, the node's own among them.
 *
 * @param revision grows with every snapshot of one watch
 * @param inSync whether the store was listed completely; nothing may be removed from the kernel
 *     because it is missing in a snapshot that is not
 * @param leases by their subnets
 */
public record LeaseSnapshot(long revision, boolean inSync, LeaseMap leases) {
  /** Before the store has answered. */
  public static final LeaseSnapshot UNKNOWN = new LeaseSnapshot(0, false, LeaseMap.EMPTY);
}
