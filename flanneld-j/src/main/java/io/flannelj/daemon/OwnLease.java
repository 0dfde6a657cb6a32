package io.flannelj.daemon;

import io.flannelj.config.Options;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StoreState;
import io.flannelj.store.lastgood.LastGood;
import io.flannelj.store.lastgood.LastGoodFile;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our lease after the start: decides when it is renewed, keeps the last good snapshot, and says
 * what is wrong with the store. Used by the node's thread, but for {@link #faults} and {@link
 * #storeChanged}.
 */
final class OwnLease implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnLease.class);

  private final Options options;
  private final Node node;
  private final String store;
  private final LeaseClock clock;
  private final LastGoodFile lastGood;
  private final LeaseKeeper keeper;
  private final StoreFaults faults;
  private long renewedAt;
  private long lifetime = -1;
  private long judged = -1;
  private long kept = -1;
  private String jump = "";

  /**
   * Over a store.
   *
   * @param changed told when {@link #check} has something new
   */
  OwnLease(
      Options options,
      Node node,
      LeaseStore store,
      LeaseClock clock,
      LastGoodFile lastGood,
      FormerPods formerPods,
      Runnable changed) {
    this.options = options;
    this.node = node;
    this.store = store.name();
    this.clock = clock;
    this.lastGood = lastGood;
    this.keeper = new LeaseKeeper(store, changed);
    keeper.repeat(node::lookAtNetConf, options.auditSeconds() * 1000L);
    this.renewedAt = clock.uptime();
    this.faults =
        new StoreFaults(
            List.of(
                keeper::problem,
                keeper::note,
                clock::jump,
                lastGood::problem,
                formerPods::text,
                node::netConfNote));
  }

  /**
   * Has our lease renewed if it is due, or if the store shows that it is lost.
   *
   * @return a lease that was taken since the last call, to be used from now on
   */
  Optional<Lease> check(Node.Basis basis, LeaseSnapshot snapshot) {
    Optional<Lease> fresh = keeper.take();
    if (fresh.isPresent()) {
      renewedAt = clock.uptime();
      if (!fresh.get().subnets().equals(basis.lease().subnets())) {
        LOG.warn(
            "our lease of {} was gone; leased {}", basis.lease().subnets(), fresh.get().subnets());
      }
    }
    Node.Basis now = basis.with(basis.external(), fresh.orElse(basis.lease()));
    Lease lease = now.lease();
    if (lease.hasEnd() && (fresh.isPresent() || lifetime < 0)) {
      lifetime = Math.max(0, lease.expiresAt() - clock.possible());
    }
    Optional<Lease> ours =
        Optional.ofNullable(snapshot.leases().get(lease.subnet()))
            .filter(there -> there.node().equals(options.nodeName()));
    // Once for each snapshot: the one at hand may be older than our last renewal.
    boolean news = snapshot.inSync() && snapshot.revision() != judged;
    boolean moved = !Node.isAnnounced(basis.external(), lease);
    if (isDue(lease) || moved || (news && ours.isEmpty())) {
      renew(now);
    } else if (news && !ours.get().publicIp().equals(lease.publicIp())) {
      keeper.contest(node.request(now), lease);
    }
    judged = snapshot.revision();
    logJump();
    return fresh;
  }

  private void logJump() {
    String now = clock.jump();
    if (!now.isEmpty() && !now.equals(jump)) {
      LOG.warn("{}", now);
    }
    jump = now;
  }

  /** By the clock, and by the time since: the clock may have been set back. */
  private boolean isDue(Lease lease) {
    return untilDue(lease) < 0;
  }

  /** Milliseconds until our lease has to be renewed, negative if that moment is over. */
  long untilDue(Lease lease) {
    if (!lease.hasEnd() || lifetime < 0) {
      return Long.MAX_VALUE;
    }
    // Of a lease that is shorter than twice the margin the half.
    long margin = Math.min(options.renewMarginMinutes() * 60_000L, lifetime / 2);
    return Math.min(
        lease.expiresAt() - margin - clock.possible(),
        renewedAt + lifetime - margin - clock.uptime());
  }

  /** Has our lease renewed, soon and until it succeeds. */
  void renew(Node.Basis basis) {
    keeper.renew(node.request(basis));
  }

  /** Keeps a snapshot that is in sync as the last good one. */
  void keep(LeaseSnapshot leases, Node.Basis basis) {
    if (leases.revision() != kept && leases.leases().containsKey(basis.lease().subnet())) {
      kept = leases.revision();
      lastGood.keep(
          new LastGood(
              options.nodeName(),
              store,
              clock.certain(),
              node.netConfText(),
              basis.lease(),
              leases.leases()));
    }
  }

  /** The store tells how well it can be followed. */
  void storeChanged(StoreState state) {
    faults.changed(state);
  }

  /** Tells of another living node with our name that has our lease; empty if there is none. */
  String twin() {
    return keeper.twin();
  }

  /** What is wrong between this node and its store, a line each; empty if nothing is. */
  String faults() {
    return faults.text();
  }

  @Override
  public void close() {
    keeper.close();
  }
}
