package io.flannelj.store.etcd;

import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.StoreException;
import io.flannelj.store.SubnetChoice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One taking or renewing of our lease. Nothing is locked: all is read, a subnet is chosen, and one
 * transaction writes it only if nobody has touched that subnet meanwhile; else all begins again.
 *
 * <p>A lease that etcd still has is renewed by keeping its etcd lease alive: the key is not written
 * and no watcher woken. A key without an etcd lease is a reservation and stays one.
 */
final class Acquisition {
  private static final int MOST_ATTEMPTS = 100;

  private final Etcd etcd;
  private final LeaseClock clock;
  private final long ttlSeconds;
  private final Consumer<String> report;
  private final RandomGenerator random;
  private final LeaseRequest request;
  private Holder holder;
  private long granted;

  Acquisition(
      Etcd etcd,
      LeaseClock clock,
      long ttlSeconds,
      Consumer<String> report,
      RandomGenerator random,
      LeaseRequest request,
      Holder holder) {
    this.etcd = etcd;
    this.clock = clock;
    this.ttlSeconds = ttlSeconds;
    this.report = report;
    this.random = random;
    this.request = request;
    this.holder = holder;
  }

  /** Who we are afterwards. */
  Holder holder() {
    return holder;
  }

  /**
   * Takes or renews.
   *
   * @param young what was read a moment ago, if anything: then it need not be read again
   */
  Lease run(Optional<Listing> young) {
    try {
      Optional<Listing> listing = young;
      for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        Optional<Lease> taken = attempt(listing.orElseGet(etcd::list));
        if (taken.isPresent()) {
          return taken.get();
        }
        listing = Optional.empty();
      }
    } finally {
      if (granted != 0) {
        etcd.revoke(granted);
      }
    }
    throw new StoreException(
        "no subnet could be leased: in "
            + MOST_ATTEMPTS
            + " attempts another node was always faster");
  }

  /** Leases at one moment, ours apart. */
  private record Sides(List<KnownLeases.Found> own, List<Lease> others) {}

  private Sides sides(Listing listing) {
    KnownLeases known = new KnownLeases(etcd.subnets(), text -> {}, lease -> lease);
    known.replace(listing.kvs(), true);
    List<KnownLeases.Found> own = new ArrayList<>();
    List<Lease> others = new ArrayList<>();
    for (KnownLeases.Found found : known.all().values()) {
      if (holder.holds(found)) {
        own.add(found);
      } else {
        others.add(found.lease());
      }
    }
    // Reserved for us first, then what we hold, then the oldest.
    own.sort(
        Comparator.comparing((KnownLeases.Found found) -> !found.lease().isReservation())
            .thenComparing(found -> !holder.key().equals(Optional.of(found.lease().key())))
            .thenComparing(found -> found.kv().createRevision()));
    known.unreadable().forEach(key -> others.addAll(blocked(key)));
    return new Sides(own, others);
  }

  /** A key whose value cannot be read: its subnets are not free all the same. */
  private static List<Lease> blocked(SubnetKey key) {
    List<Lease> leases = new ArrayList<>();
    leases.add(blocked(key.subnet()));
    key.ipv6().ifPresent(subnet -> leases.add(blocked(subnet)));
    return leases;
  }

  private static Lease blocked(IpPrefix subnet) {
    return new Lease("", subnet, Ipv4Address.ANY, "", 0, Optional.empty(), Lease.UNTIL_REMOVED);
  }

  private Optional<Lease> attempt(Listing listing) {
    Sides sides = sides(listing);
    List<Lease> ownLeases = sides.own().stream().map(KnownLeases.Found::lease).toList();
    List<Lease> halves = new ArrayList<>();
    for (LeaseRequest.Half half : request.halves()) {
      halves.add(half(half, new SubnetChoice(half.pool(), ownLeases, sides.others(), 0)));
    }
    Lease fresh = halves.size() == 1 ? halves.get(0) : halves.get(0).withIpv6(halves.get(1));
    Optional<KnownLeases.Found> present =
        sides.own().stream().filter(found -> found.lease().key().equals(fresh.key())).findFirst();
    boolean reserved =
        sides.own().stream()
            .anyMatch(
                found ->
                    found.lease().isReservation()
                        && found.lease().subnets().stream().anyMatch(fresh.subnets()::contains));
    long end = clock.possible() + ttlSeconds * 1000;
    long etcdLease = reserved ? 0 : etcdLease(present);
    if (!write(listing, sides, fresh, present, etcdLease)) {
      return Optional.empty();
    }
    long before = holder.etcdLease();
    holder = holder.with(fresh.key(), etcdLease);
    if (granted == etcdLease) {
      granted = 0;
    }
    if (before != 0 && before != etcdLease) {
      etcd.revoke(before);
    }
    return Optional.of(fresh.withExpiry(reserved ? Lease.RESERVED : end));
  }

  private Lease half(LeaseRequest.Half half, SubnetChoice choice) {
    IpPrefix subnet =
        choice
            .choose(half.previous(), random)
            .orElseThrow(
                () ->
                    new StoreException(
                        "no subnet of length "
                            + half.pool().subnetLength()
                            + " is free in "
                            + half.pool().network()
                            + " ("
                            + choice.taken()
                            + " leases below "
                            + etcd.subnets()
                            + "): enlarge Network, raise SubnetLen, or remove leases of nodes that"
                            + " are gone"));
    return new Lease(
        request.node(),
        subnet,
        half.publicIp(),
        "vxlan",
        request.vni(),
        Optional.of(half.vtepMac()),
        Lease.UNTIL_REMOVED);
  }

  /**
   * The etcd lease that the key lives with, kept alive, if it lives as long as it should; or new.
   */
  private long etcdLease(Optional<KnownLeases.Found> present) {
    long kept = present.map(found -> found.kv().lease()).orElse(0L);
    if (kept != 0 && etcd.keepAlive(kept) == ttlSeconds) {
      return kept;
    }
    if (granted == 0) {
      granted = etcd.grant(ttlSeconds);
    }
    return granted;
  }

  /** Whether nobody was faster. */
  private boolean write(
      Listing listing,
      Sides sides,
      Lease fresh,
      Optional<KnownLeases.Found> present,
      long etcdLease) {
    String key = etcd.subnets() + fresh.key();
    String value = LeaseRecord.write(fresh);
    Requests.Transaction transaction = new Requests.Transaction();
    boolean same =
        present.isPresent()
            && present.get().kv().lease() == etcdLease
            && present.get().kv().value().equals(value);
    if (!same) {
      String subnet = etcd.subnets() + new SubnetKey(fresh.subnet(), Optional.empty());
      transaction
          // With what may follow an IPv4 subnet in dual stack: '&' is the character before '\''.
          .unchangedSince(listing.revision(), subnet, subnet + "'")
          .put(key, value, etcdLease);
    }
    boolean former = false;
    for (KnownLeases.Found found : sides.own()) {
      if (!found.lease().key().equals(fresh.key())) {
        former |= leave(found, fresh, transaction);
      }
    }
    if (same && !former) {
      return true;
    }
    return etcd.commit(transaction) && (present.isPresent() || isAlone(fresh));
  }

  /**
   * A second lease of ours, of a former configuration: it would be routed to this node for ever. A
   * reservation is not ours to remove, unless its subnet is now under another key.
   */
  private boolean leave(KnownLeases.Found found, Lease fresh, Requests.Transaction transaction) {
    boolean replaced = found.lease().subnets().stream().anyMatch(fresh.subnets()::contains);
    if (found.lease().isReservation() && !replaced) {
      report.accept(
          "the reservation "
              + found.kv().key()
              + " for our public IP is not used: its subnet is not one of the configured network,"
              + " or there is another reservation");
      return false;
    }
    transaction.unchanged(found.kv()).delete(found.kv().key());
    return true;
  }

  /**
   * In dual stack two nodes can take the same IPv6 subnet with different IPv4 subnets, and no
   * comparison of a transaction can exclude that. Of such two the later one gives way.
   */
  private boolean isAlone(Lease fresh) {
    Optional<IpPrefix> ipv6 = fresh.half(AddressFamily.IPV6).map(Lease::subnet);
    if (ipv6.isEmpty()) {
      return true;
    }
    KnownLeases known = new KnownLeases(etcd.subnets(), text -> {}, lease -> lease);
    known.replace(etcd.list().kvs(), true);
    KnownLeases.Found ours = known.all().get(fresh.key());
    if (ours == null) {
      return false;
    }
    boolean alone =
        known.all().values().stream()
            .filter(found -> !holder.holds(found) && !found.kv().key().equals(ours.kv().key()))
            .filter(found -> found.kv().createRevision() < ours.kv().createRevision())
            .flatMap(found -> found.lease().half(AddressFamily.IPV6).stream())
            .noneMatch(half -> half.subnet().overlaps(ipv6.get()));
    if (!alone) {
      etcd.commit(new Requests.Transaction().unchanged(ours.kv()).delete(ours.kv().key()));
    }
    return alone;
  }
}
