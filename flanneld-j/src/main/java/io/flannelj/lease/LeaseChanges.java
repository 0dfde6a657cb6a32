package io.flannelj.lease;

import java.util.List;

/**
 * The difference of two lease maps.
 *
 * @param put leases that are new or have changed
 * @param removed leases that are gone
 */
public record LeaseChanges(List<Lease> put, List<Lease> removed) {
  /** Whether there is none. */
  public boolean isEmpty() {
    return put.isEmpty() && removed.isEmpty();
  }
}
