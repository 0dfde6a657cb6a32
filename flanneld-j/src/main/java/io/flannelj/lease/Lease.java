package io.flannelj.lease;

import java.time.Instant;

/**
 * A node's lease.
 *
 * @param subnets its pod subnets, and the lease's key
 * @param attributes what the node tells the others
 * @param node its name; empty where the store keeps none
 * @param expiration when it ends by itself; {@link #NEVER} for a reservation
 */
public record Lease(
    LeaseSubnets subnets, LeaseAttributes attributes, String node, Instant expiration) {
  /** The expiration of a reservation, and of leases in a store that does not expire them. */
  public static final Instant NEVER = Instant.MAX;

  /** Whether it has ended. */
  public boolean isExpired(Instant now) {
    return !now.isBefore(expiration);
  }

  /** Whether it stays until somebody deletes it. */
  public boolean isReservation() {
    return expiration.equals(NEVER);
  }

  /** The same with another end. */
  public Lease withExpiration(Instant end) {
    return new Lease(subnets, attributes, node, end);
  }

  /** {@code 10.244.1.0/24 of node1}. */
  @Override
  public String toString() {
    String holder = node.isEmpty() ? attributes.publicIp().map(Object::toString).orElse("") : node;
    return holder.isEmpty() ? subnets.toString() : subnets + " of " + holder;
  }
}
