package io.flannelj.lease;

import io.flannelj.collection.PersistentMap;
import io.flannelj.net.IpPrefix;
import java.util.Map;

/**
 * All leases at one moment.
 *
 * @param revision grows with every change
 * @param inSync whether the store has been read completely: nothing may be removed before
 * @param leases by subnet, our own included; a {@link PersistentMap}, so that two snapshots are
 *     compared at the price of their difference
 */
public record LeaseSnapshot(long revision, boolean inSync, Map<IpPrefix, Lease> leases) {
  /** Copies the leases, unless they are a PersistentMap already. */
  public LeaseSnapshot {
    leases = PersistentMap.copyOf(leases);
  }

  /** Nothing known yet. */
  public static final LeaseSnapshot UNKNOWN = new LeaseSnapshot(0, false, Map.of());
}
