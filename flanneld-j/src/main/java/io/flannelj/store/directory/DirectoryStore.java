package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import io.flannelj.store.SubnetChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The store over a directory. Clocks of nodes that share it must agree to within the TTL's margin.
 */
public final class DirectoryStore implements LeaseStore {
  // How far clocks of nodes may be apart before one is taken to be wrong.
  private static final long DIFFERENCE_MILLIS = 5L * 60 * 1000;

  private final LeaseDirectory directory;
  private final LeaseClock clock;
  private final Consumer<String> report;
  private final List<DirectoryWatch> watches = new ArrayList<>();
  private volatile boolean acquired;
  private volatile Optional<Lease> replaced = Optional.empty();

  /**
   * Over a directory, made on first use.
   *
   * @param report gets one line for each file that is passed over
   */
  public DirectoryStore(Path directory, LeaseClock clock, Consumer<String> report) {
    this.directory = new LeaseDirectory(directory, report);
    this.clock = clock;
    this.report = report;
  }

  @Override
  public String name() {
    return "directory " + directory.path();
  }

  @Override
  public void expect(Supplier<Map<IpPrefix, Lease>> lastGood) {
    directory.expect(lastGood);
  }

  @Override
  public Optional<Lease> replaced() {
    return replaced;
  }

  @Override
  public Optional<Lease> findByNode(NodeIdentity node) {
    directory.ensure();
    return directory.readAll().values().stream()
        .filter(lease -> lease.node().equals(node.name()))
        .findFirst();
  }

  @Override
  public Lease acquire(LeaseRequest request) {
    return directory.locked(() -> acquireLocked(request));
  }

  private Lease acquireLocked(LeaseRequest request) {
    long now = clock.certain();
    Map<SubnetKey, Lease> all = directory.readAll();
    directory.refuseEmptied(all);
    List<Lease> own = new ArrayList<>();
    List<Lease> others = new ArrayList<>();
    all.values().forEach(lease -> (lease.node().equals(request.node()) ? own : others).add(lease));
    if (!acquired) {
      recognise(request, own, others, now);
    }
    List<Lease> halves = new ArrayList<>();
    for (LeaseRequest.Half half : request.halves()) {
      halves.add(half(request, half, new SubnetChoice(half.pool(), own, others, now)));
    }
    Lease fresh = halves.size() == 1 ? halves.get(0) : halves.get(0).withIpv6(halves.get(1));
    boolean reserved = own.stream().anyMatch(former -> isReservation(former, fresh));
    Lease lease = fresh.withExpiry(reserved ? Lease.RESERVED : end(fresh, own, others));
    directory.write(lease);
    acquired = true;
    // Of a former configuration, or a second one: it would be routed to this node for ever.
    for (Lease former : own) {
      if (!former.key().equals(lease.key())) {
        directory.delete(former.key());
      }
    }
    return lease;
  }

  /**
   * What happens once in the life of a process: a node that was renamed is known by its address, as
   * flannel knows it, and what we take from another address is remembered. Later on, a lease that
   * went to another node with our address would go back and forth for ever.
   */
  private void recognise(LeaseRequest request, List<Lease> own, List<Lease> others, long now) {
    IpAddress publicIp = request.halves().get(0).publicIp();
    replaced =
        own.stream()
            .filter(lease -> !lease.publicIp().equals(publicIp) && !lease.isExpired(now))
            .findFirst();
    if (own.isEmpty()) {
      others.stream()
          .filter(lease -> lease.publicIp().equals(publicIp))
          .findFirst()
          .ifPresent(
              lease -> {
                others.remove(lease);
                own.add(lease);
                report.accept(
                    "lease of "
                        + lease.subnet()
                        + " was made by \""
                        + lease.node()
                        + "\" with our public IP "
                        + publicIp
                        + ": taken over as our own");
              });
    }
  }

  /**
   * When a lease that is taken now ends. If others' leases last longer than any that could be taken
   * now, then our clock is behind, as on machines without one that keeps running: by it our lease
   * would have run out for the others at once, so at least it is not shortened.
   */
  private static long end(Lease fresh, List<Lease> own, List<Lease> others) {
    long end = fresh.expiresAt();
    boolean behind =
        others.stream()
            .mapToLong(Lease::expiresAt)
            .anyMatch(other -> other != Lease.RESERVED && other > end + DIFFERENCE_MILLIS);
    return behind
        ? own.stream()
            .filter(former -> former.key().equals(fresh.key()))
            .mapToLong(former -> Math.max(end, former.expiresAt()))
            .findFirst()
            .orElse(end)
        : end;
  }

  private static boolean isReservation(Lease former, Lease lease) {
    return former.isReservation() && former.subnets().stream().anyMatch(lease.subnets()::contains);
  }

  private Lease half(LeaseRequest request, LeaseRequest.Half half, SubnetChoice choice) {
    IpPrefix subnet =
        choice
            .choose(half.previous())
            .orElseThrow(
                () ->
                    new StoreException(
                        "no subnet of length "
                            + half.pool().subnetLength()
                            + " is free in "
                            + half.pool().network()
                            + " ("
                            + choice.taken()
                            + " leases in "
                            + directory.path()
                            + "): enlarge Network, raise SubnetLen, or remove leases of nodes that"
                            + " are gone"));
    return new Lease(
        request.node(),
        subnet,
        half.publicIp(),
        "vxlan",
        request.vni(),
        Optional.of(half.vtepMac()),
        clock.possible() + LeaseClock.TTL_MILLIS);
  }

  @Override
  public synchronized void watch(Consumer<LeaseSnapshot> listener, Consumer<StoreState> state) {
    DirectoryWatch watch = new DirectoryWatch(directory, clock, listener, state);
    watches.add(watch);
    watch.start();
  }

  @Override
  public synchronized void close() {
    watches.forEach(DirectoryWatch::close);
    watches.clear();
  }
}
