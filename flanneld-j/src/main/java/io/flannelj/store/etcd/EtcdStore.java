package io.flannelj.store.etcd;

import io.flannelj.config.ConfigException;
import io.flannelj.config.EtcdOptions;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreState;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/** The store over etcd. */
public final class EtcdStore implements LeaseStore {
  private final EtcdOptions options;
  private final LeaseClock clock;
  private final Consumer<String> report;
  private final EtcdClient client;
  private final Etcd etcd;
  private final List<EtcdWatch> watches = new ArrayList<>();
  private volatile Holder holder = Holder.NOBODY;
  private volatile Optional<Listing> listing = Optional.empty();

  /**
   * Over a cluster; it is asked nothing yet.
   *
   * @param trust asked for each TLS connection
   * @param report gets one line for each key that is passed over
   */
  public EtcdStore(
      EtcdOptions options, Supplier<SSLContext> trust, LeaseClock clock, Consumer<String> report) {
    this(options, trust, clock, report, Patience.USUAL);
  }

  EtcdStore(
      EtcdOptions options,
      Supplier<SSLContext> trust,
      LeaseClock clock,
      Consumer<String> report,
      Patience patience) {
    this.options = options;
    this.clock = clock;
    this.report = report;
    this.client = new EtcdClient(options, trust, patience);
    this.etcd = new Etcd(options, client);
  }

  @Override
  public String name() {
    return "etcd " + String.join(",", options.endpoints()) + " " + options.prefix();
  }

  @Override
  public void expect(Supplier<Map<IpPrefix, Lease>> lastGood) {
    // A cluster that answers has what it has: there is no mount point to be forgotten.
  }

  @Override
  public Optional<String> netConf() {
    Optional<String> config = etcd.config();
    if (config.isEmpty()) {
      throw new ConfigException(
          "etcd has no key "
              + etcd.configKey()
              + ": write the network there, such as etcdctl put "
              + etcd.configKey()
              + " '{\"Network\": \"10.244.0.0/16\", \"Backend\": {\"Type\": \"vxlan\"}}', or name"
              + " another prefix with --etcd-prefix");
    }
    return config;
  }

  @Override
  public Optional<Lease> findByNode(NodeIdentity node) {
    Listing fresh = etcd.list();
    listing = Optional.of(fresh);
    KnownLeases known = new KnownLeases(etcd.subnets(), text -> {}, lease -> lease);
    known.replace(fresh.kvs(), true);
    Holder who = Holder.of(node);
    return known.all().values().stream()
        .filter(who::holds)
        .map(found -> who.named(found.lease()))
        .findFirst();
  }

  @Override
  public synchronized Lease acquire(LeaseRequest request) {
    holder =
        holder.as(
            request.node(), request.halves().stream().map(LeaseRequest.Half::publicIp).toList());
    Acquisition acquisition =
        new Acquisition(
            etcd, clock, options.leaseSeconds(), report, new SecureRandom(), request, holder);
    Lease lease = acquisition.run(listing.filter(Listing::isYoung));
    listing = Optional.empty();
    holder = acquisition.holder();
    return lease;
  }

  /** Nobody: a lease of another address is another node's. */
  @Override
  public Optional<Lease> replaced() {
    return Optional.empty();
  }

  @Override
  public synchronized void watch(Consumer<LeaseSnapshot> listener, Consumer<StoreState> state) {
    EtcdWatch watch = new EtcdWatch(etcd, report, lease -> holder.named(lease), listener, state);
    watches.add(watch);
    watch.start();
  }

  @Override
  public synchronized void close() {
    watches.forEach(EtcdWatch::close);
    watches.clear();
    client.close();
  }
}
