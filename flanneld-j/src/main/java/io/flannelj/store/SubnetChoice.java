package io.flannelj.store;

import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Which subnet of a pool a node gets: the one it has, else its previous one, else a free one. */
public final class SubnetChoice {
  private static final int CANDIDATES = 100;

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

  /** The node's subnet, of the free ones the first; empty if none is free. */
  public Optional<IpPrefix> choose(Optional<IpPrefix> previous) {
    return kept(previous).or(() -> free(1).stream().findFirst());
  }

  /**
   * The node's subnet, of the free ones any of the first hundred: where nothing is locked, nodes
   * that choose at the same moment rarely choose the same. Empty if none is free.
   */
  public Optional<IpPrefix> choose(Optional<IpPrefix> previous, RandomGenerator random) {
    Optional<IpPrefix> kept = kept(previous);
    if (kept.isPresent()) {
      return kept;
    }
    List<IpPrefix> free = free(CANDIDATES);
    return free.isEmpty() ? Optional.empty() : Optional.of(free.get(random.nextInt(free.size())));
  }

  private Optional<IpPrefix> kept(Optional<IpPrefix> previous) {
    return own.or(() -> previous.filter(pool::accepts).filter(this::isFree));
  }

  private List<IpPrefix> free(int most) {
    List<IpPrefix> free = new ArrayList<>();
    IpPrefix candidate = pool.firstSubnet();
    while (free.size() < most && pool.accepts(candidate)) {
      if (isFree(candidate)) {
        free.add(candidate);
      }
      candidate = pool.subnetAfter(candidate);
    }
    return free;
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
