package io.flannelj.store;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;

/**
 * What a contract test does to a store behind the back of those who use it: the place where leases
 * are, such as a directory or a server.
 */
public interface StorePlace extends AutoCloseable {
  /** A store as the process of that node has it, on the same place. */
  LeaseStore open(String node);

  /**
   * Whoever looks after nodes does so: in Kubernetes the kubelet registers a node, and the
   * controller manager gives it a subnet. Elsewhere a node that wants a lease needs nobody.
   */
  default void admit(String node) {}

  /** Writes what another node would; with {@link Lease#RESERVED} what an administrator would. */
  void write(Lease lease);

  /** The same for a lease that soon ends by itself. */
  void writeEnding(Lease lease);

  /** Writes what is no lease where the lease of a subnet would be. */
  void writeMalformed(IpPrefix subnet);

  /** Removes a lease. */
  void remove(Lease lease);

  /** Whether the place has a lease for this subnet that does not end. */
  boolean isReserved(IpPrefix subnet);

  /** Does something while the stores that are open cannot reach the place; then they can again. */
  void whileAway(Runnable work);

  @Override
  void close();
}
