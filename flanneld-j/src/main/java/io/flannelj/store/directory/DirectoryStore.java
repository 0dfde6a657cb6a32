package io.flannelj.store.directory;

import io.flannelj.config.NetConf;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StoreException;
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
    Map<IpPrefix, Lease> all = directory.readAll();
    NetConf network = request.network();
    Optional<Lease> own = Optional.empty();
    for (Lease lease : all.values()) {
      if (lease.node().equals(request.node())) {
        if (own.isEmpty() && network.accepts(lease.subnet())) {
          own = Optional.of(lease);
        } else {
          // Of a former configuration, or a second one: it would be routed to this node for ever.
          directory.delete(lease.subnet());
        }
      }
    }
    IpPrefix subnet = own.isPresent() ? own.get().subnet() : choose(request, all, now);
    boolean reservation = own.isPresent() && own.get().expiresAt() == Long.MAX_VALUE;
    Lease lease =
        new Lease(
            request.node(),
            subnet,
            request.publicIp(),
            "vxlan",
            network.vxlan().vni(),
            Optional.of(request.vtepMac()),
            reservation ? Long.MAX_VALUE : now + TTL_MILLIS);
    directory.write(lease);
    return lease;
  }

  private IpPrefix choose(LeaseRequest request, Map<IpPrefix, Lease> all, long now) {
    NetConf network = request.network();
    Optional<IpPrefix> previous = request.previous();
    if (previous.isPresent()
        && network.accepts(previous.get())
        && isFree(previous.get(), all, now)) {
      return previous.get();
    }
    IpPrefix candidate = network.firstSubnet();
    while (network.accepts(candidate)) {
      if (isFree(candidate, all, now)) {
        return candidate;
      }
      candidate = network.subnetAfter(candidate);
    }
    throw new StoreException(
        "no subnet of length "
            + network.subnetLength()
            + " is free in "
            + network.network()
            + " ("
            + all.size()
            + " leases in "
            + directory.path()
            + "): enlarge Network, raise SubnetLen, or remove leases of nodes that are gone");
  }

  private static boolean isFree(IpPrefix subnet, Map<IpPrefix, Lease> all, long now) {
    Lease there = all.get(subnet);
    if (there != null) {
      return there.isExpired(now);
    }
    for (Lease lease : all.values()) {
      // Leases of another SubnetLen, from before a change of the configuration.
      if (lease.subnet().length() != subnet.length()
          && lease.subnet().overlaps(subnet)
          && !lease.isExpired(now)) {
        return false;
      }
    }
    return true;
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
