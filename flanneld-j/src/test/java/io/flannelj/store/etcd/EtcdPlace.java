package io.flannelj.store.etcd;

import io.flannelj.config.EtcdOptions;
import io.flannelj.config.Secret;
import io.flannelj.lease.Lease;
import io.flannelj.lease.SubnetKey;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StorePlace;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.Relay;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/** A prefix of its own in a real etcd, reached by a way that can be cut. */
final class EtcdPlace implements StorePlace {
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private final EtcdServer server;
  private final Relay relay;
  private final String prefix = "/test" + PREFIXES.incrementAndGet();
  private final List<String> reports = new CopyOnWriteArrayList<>();

  EtcdPlace(EtcdServer server) {
    this.server = server;
    this.relay = new Relay(server.endpoint());
  }

  String prefix() {
    return prefix;
  }

  Relay relay() {
    return relay;
  }

  /** Lines that stores had logged. */
  List<String> reports() {
    return reports;
  }

  static EtcdOptions options(String prefix, int leaseSeconds, String... endpoints) {
    return new EtcdOptions(
        List.of(endpoints), prefix, "", "", "", "", new Secret(""), leaseSeconds);
  }

  EtcdStore open(EtcdOptions options) {
    return open(options, Patience.USUAL, reports::add);
  }

  static EtcdStore open(EtcdOptions options, Patience patience, Consumer<String> reports) {
    return new EtcdStore(
        options, EtcdPlace::systemTrust, LeaseClock.even(Clock.systemUTC()), reports, patience);
  }

  private static SSLContext systemTrust() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public LeaseStore open(String node) {
    return open(options(prefix, 86_400, relay.url()));
  }

  String key(SubnetKey key) {
    return prefix + "/subnets/" + key;
  }

  private static String value(Lease lease) {
    return LeaseRecord.write(lease);
  }

  @Override
  public void write(Lease lease) {
    if (lease.isReservation()) {
      server.put(key(lease.key()), value(lease));
    } else {
      write(lease, 3600);
    }
  }

  private void write(Lease lease, int seconds) {
    String granted = server.etcdctl("lease", "grant", Integer.toString(seconds));
    String id = granted.split(" ", -1)[1];
    server.etcdctl("put", "--lease=" + id, "--", key(lease.key()), value(lease));
  }

  @Override
  public void writeEnding(Lease lease) {
    write(lease, 2);
  }

  @Override
  public void writeMalformed(IpPrefix subnet) {
    server.put(key(new SubnetKey(subnet, Optional.empty())), "{\"PublicIP\":12");
  }

  @Override
  public void remove(Lease lease) {
    server.delete(key(lease.key()));
  }

  @Override
  public boolean isReserved(IpPrefix subnet) {
    return server
        .etcdctl("get", "-w", "fields", "--", key(new SubnetKey(subnet, Optional.empty())))
        .contains("\"Lease\" : 0");
  }

  @Override
  public void whileAway(Runnable work) {
    relay.cut();
    work.run();
    relay.restore();
  }

  @Override
  public void close() {
    relay.close();
  }
}
