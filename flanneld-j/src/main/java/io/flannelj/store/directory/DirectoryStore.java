package io.flannelj.store.directory;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StoreException;
import io.flannelj.store.SubnetChoice;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The store over a directory. Clocks of nodes that share it must agree to within the TTL's margin.
 */
public final class DirectoryStore implements LeaseStore {
  /** How long a lease lives without renewal: flannel's 24 hours, in milliseconds. */
  public static final long TTL_MILLIS = 24L * 60 * 60 * 1000;

  private final LeaseDirectory directory;
  private final Clock clock;
  private final List<DirectoryWatch> watches = new ArrayList<>();

  /**
   * Over a directory, made on first use.
   *
   * @param report gets one line for each file that is passed over
   */
  public DirectoryStore(Path directory, Clock clock, Consumer<String> report) {
    this.directory = new LeaseDirectory(directory, report);
    this.clock = clock;
  }

  @Override
  public Optional<Lease> findByNode(String node) {
    directory.ensure();
    return directory.readAll().values().stream()
        .filter(lease -> lease.node().equals(node))
        .findFirst();
  }

  @Override
  public Lease acquire(LeaseRequest request) {
    return directory.locked(() -> acquireLocked(request));
  }

  private Lease acquireLocked(LeaseRequest request) {
    long now = clock.millis();
    Map<SubnetKey, Lease> all = directory.readAll();
    List<Lease> own = new ArrayList<>();
    List<Lease> others = new ArrayList<>();
    all.values().forEach(lease -> (isOwn(lease, request) ? own : others).add(lease));
    List<Lease> halves = new ArrayList<>();
    for (LeaseRequest.Half half : request.halves()) {
      halves.add(half(request, half, new SubnetChoice(half.pool(), own, others, now)));
    }
    Lease fresh = halves.size() == 1 ? halves.get(0) : halves.get(0).withIpv6(halves.get(1));
    boolean reserved = own.stream().anyMatch(former -> isReservation(former, fresh));
    Lease lease = reserved ? fresh.withExpiry(Long.MAX_VALUE) : fresh;
    directory.write(lease);
    // Of a former configuration, or a second one: it would be routed to this node for ever.
    for (SubnetKey former : all.keySet()) {
      if (isOwn(all.get(former), request) && !former.equals(lease.key())) {
        directory.delete(former);
      }
    }
    return lease;
  }

  private static boolean isOwn(Lease lease, LeaseRequest request) {
    return lease.node().equals(request.node());
  }

  private static boolean isReservation(Lease former, Lease lease) {
    return former.expiresAt() == Long.MAX_VALUE
        && former.subnets().stream().anyMatch(lease.subnets()::contains);
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
        clock.millis() + TTL_MILLIS);
  }

  @Override
  public synchronized void watch(Consumer<LeaseSnapshot> listener, Consumer<String> trouble) {
    DirectoryWatch watch = new DirectoryWatch(directory, clock, listener, trouble);
    watches.add(watch);
    watch.start();
  }

  @Override
  public synchronized void close() {
    watches.forEach(DirectoryWatch::close);
    watches.clear();
  }
}
