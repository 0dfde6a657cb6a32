package io.flannelj.store;

import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which subnet of a pool a node gets: the one it has, else its previous one, else a free one. */
public final class SubnetChoice {
  private final SubnetPool pool;
  private final Optional<IpPrefix> own;
  private final Set<IpPrefix> taken = new HashSet<>();
  // Leases of another SubnetLen, from before a change of the configuration.
  private final Set<IpPrefix> ofOtherLength = new HashSet<>();

  /**
   * From the leases at one moment.
   *
   * @param own leases of the node itself, expired or not
   * @param others leases of other nodes
   * @param now milliseconds since 1970
   */
  public SubnetChoice(SubnetPool pool, List<Lease> own, List<Lease> others, long now) {
    this.pool = pool;
    for (Lease lease : others) {
      if (!lease.isExpired(now)) {
        lease.half(pool.family()).ifPresent(half -> take(half.subnet()));
      }
    }
    // One that ran out may have been given to another node meanwhile; one that has not is kept
    // against whoever claims a part of it.
    this.own =
        own.stream()
            .flatMap(lease -> lease.half(pool.family()).stream())
            .filter(half -> pool.accepts(half.subnet()))
            .filter(half -> !half.isExpired(now) || isFree(half.subnet()))
            .map(Lease::subnet)
            .findFirst();
  }

  private void take(IpPrefix subnet) {
    taken.add(subnet);
    if (subnet.length() != pool.subnetLength()) {
      ofOtherLength.add(subnet);
    }
  }

  /** Number of subnets that other nodes have. */
  public int taken() {
    return taken.size();
  }

  /** The node's subnet; empty if none is free. */
  public Optional<IpPrefix> choose(Optional<IpPrefix> previous) {
    if (own.isPresent()) {
      return own;
    }
    if (previous.isPresent() && pool.accepts(previous.get()) && isFree(previous.get())) {
      return previous;
    }
    IpPrefix candidate = pool.firstSubnet();
    while (pool.accepts(candidate)) {
      if (isFree(candidate)) {
        return Optional.of(candidate);
      }
      candidate = pool.subnetAfter(candidate);
    }
    return Optional.empty();
  }

  private boolean isFree(IpPrefix subnet) {
    if (taken.contains(subnet)) {
      return false;
    }
    for (IpPrefix other : ofOtherLength) {
      if (other.overlaps(subnet)) {
        return false;
      }
    }
    return true;
  }
}
