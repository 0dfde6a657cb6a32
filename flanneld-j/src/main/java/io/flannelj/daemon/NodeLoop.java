package io.flannelj.daemon;

import io.flannelj.config.ConfigException;
import io.flannelj.config.ExternalInterface;
import io.flannelj.config.Options;
import io.flannelj.desired.DesiredState;
import io.flannelj.kernel.Capabilities;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.reconcile.Reconciler;
import io.flannelj.reconcile.TableStatus;
import io.flannelj.status.DaemonStatus;
import io.flannelj.status.PeerHistory;
import io.flannelj.status.StatusPages;
import io.flannelj.status.metrics.RoundCounts;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StoreState;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the node's state. It waits for a mark, plans from the latest snapshot,
 * and reconciles: by key after a lease change, against the kernel after everything else.
 */
final class NodeLoop {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLoop.class);
  private static final long RETRY_NANOS = DirtyMarks.millis(1000);
  private static final long TROUBLE_NANOS = DirtyMarks.millis(10_000);

  private final Options options;
  private final Node node;
  private final LeaseStore store;
  private final OwnLease own;
  private final FamilyRounds networks;
  private final Surroundings around;
  private final DirtyMarks marks;
  private final RoundCounts counts;
  private final NodeFiles files;
  private final PeerHistory history = new PeerHistory();
  private final Clock clock;
  private final Consumer<List<AddressFamily>> onEstablished;
  private final Consumer<DaemonStatus> onReady;
  private final long auditNanos;

  private volatile LeaseSnapshot snapshot = LeaseSnapshot.UNKNOWN;
  private volatile List<DesiredState> desired = List.of();
  private volatile DaemonStatus status;
  private volatile boolean stopping;
  private volatile boolean lastGoodInUse;

  private Optional<Node.Basis> basis = Optional.empty();
  private String trouble = "";
  private String unplanned = "";
  private long lastFull;

  NodeLoop(
      Options options,
      Node node,
      LeaseStore store,
      OwnLease own,
      FamilyRounds networks,
      Surroundings around,
      DirtyMarks marks,
      RoundCounts counts,
      Clock clock,
      Consumer<List<AddressFamily>> onEstablished,
      Consumer<DaemonStatus> onReady) {
    this.options = options;
    this.node = node;
    this.store = store;
    this.own = own;
    this.networks = networks;
    this.around = around;
    this.marks = marks;
    this.counts = counts;
    this.clock = clock;
    this.onEstablished = onEstablished;
    this.onReady = onReady;
    this.files = new NodeFiles(options);
    this.auditNanos = DirtyMarks.millis(options.auditSeconds() * 1000L);
    this.status = DaemonStatus.starting(options.nodeName(), clock.instant());
  }

  DaemonStatus status() {
    return status.withStoreProblem(own.faults());
  }

  /** Since when peers are as they are; may be read from any thread. */
  PeerHistory history() {
    return history;
  }

  /** What must exist, by family; empty before there is a plan. */
  List<DesiredState> desired() {
    return desired;
  }

  void stop() {
    stopping = true;
    own.close();
    marks.kernelChanged("stopping");
  }

  void run() throws InterruptedException {
    while (!stopping && !establish()) {
      marks.take(RETRY_NANOS);
    }
    if (stopping) {
      return;
    }
    onEstablished.accept(basis.orElseThrow().netConf().families());
    around.removeFormerFamilies(basis.orElseThrow().netConf());
    store.watch(this::leasesChanged, own::storeChanged);
    long wait = 0;
    while (!stopping) {
      DirtyMarks.Marks taken = marks.take(wait);
      if (!stopping) {
        wait = round(taken);
      }
    }
  }

  private void leasesChanged(LeaseSnapshot fresh) {
    snapshot = fresh;
    marks.leasesChanged();
  }

  /** Whatever fails here can be healed by time or by hand, so it is tried for ever. */
  private boolean establish() {
    try {
      Node.Start start = node.establish();
      Node.Basis found = start.basis();
      networks.use(node.plans(found).all(), true);
      basis = Optional.of(found);
      if (!start.problem().isEmpty()) {
        startWithoutStore(start);
      }
      Lease lease = found.lease();
      LOG.info(
          "{} {} {}, tunnel over {} {}",
          start.problem().isEmpty() ? "leased" : "starts without the store: had leased",
          StatusPages.plain(lease.subnets()),
          lease.hasEnd() ? "until " + Instant.ofEpochMilli(lease.expiresAt()) : "for ever",
          found.external().name(),
          StatusPages.plain(
              found.external().endpoints().stream()
                  .map(ExternalInterface.Endpoint::address)
                  .toList()));
      found.limits().forEach(text -> LOG.info("off: {}", text));
      return true;
    } catch (RuntimeException e) {
      problem(String.valueOf(e.getMessage()), e);
      return false;
    }
  }

  /** The store is asked for our lease on and on meanwhile. */
  private void startWithoutStore(Node.Start start) {
    own.storeChanged(StoreState.failing(start.problem()));
    own.renew(start.basis());
    snapshot = start.leases();
    lastGoodInUse = !start.leases().leases().isEmpty();
    marks.leasesChanged();
  }

  /** A family that cannot be planned any more keeps its last good plan; the other goes on. */
  private void use(Node.Basis found) {
    Node.Plans plans = node.plans(found);
    basis = Optional.of(found);
    networks.use(plans.possible(), plans.problem().isEmpty());
    unplanned = plans.problem();
  }

  private void problem(String error, RuntimeException cause) {
    String text = Capabilities.explain(error);
    if (!text.equals(status.problem())) {
      LOG.warn("not ready: {}", text);
      LOG.debug("cause", cause);
      status = status.withProblem(text, clock.instant());
    }
  }

  /** One round; returns how long to wait for a mark before the next. */
  private long round(DirtyMarks.Marks taken) {
    try {
      long now = System.nanoTime();
      boolean leasesOnly = taken.leases() && !taken.kernel() && !desired.isEmpty();
      if (taken.kernel()) {
        networks.hurry();
      }
      if (!leasesOnly) {
        trouble = refresh();
      }
      // The bridge needs another gateway then, and former pods are to be told of.
      leasesOnly &= !keepLease();
      LeaseSnapshot leases = snapshot;
      Reconciler.Round families = networks.round(leases, leasesOnly);
      desired = networks.desired();
      Reconciler.Round result = around.round(families, desired, leasesOnly);
      counts.round(leasesOnly, System.nanoTime() - now, result.inSync());
      if (!leasesOnly) {
        lastFull = now;
      }
      report(taken, result, leases);
    } catch (RuntimeException e) {
      problem(String.valueOf(e.getMessage()), e);
      return RETRY_NANOS;
    }
    return untilNext();
  }

  private long untilNext() {
    // The last of former pods is gone for the kernel before its address is given back.
    boolean well = status.problem().isEmpty() && !around.awaitsFormerPods();
    long patience = well ? auditNanos : Math.min(auditNanos, TROUBLE_NANOS);
    long audit = Math.max(0, lastFull + patience - System.nanoTime());
    long look = sooner(audit, own.untilDue(basis.orElseThrow().lease()));
    return LongStream.concat(networks.nextRetry().stream(), around.nextRetry().stream())
        .reduce(look, Math::min);
  }

  /**
   * A lease may be shorter than the time between two audits.
   *
   * @param audit nanoseconds until the next one
   * @param due milliseconds until our lease has to be renewed; negative: it is being renewed;
   *     Long.MAX_VALUE, to which nothing can be added: it has no end
   */
  static long sooner(long audit, long due) {
    return due < 0 || due == Long.MAX_VALUE ? audit : Math.min(audit, DirtyMarks.millis(due + 1));
  }

  /** Looks again at what may have changed on the node; what cannot be found stays as it was. */
  private String refresh() {
    Node.Basis before = basis.orElseThrow();
    try {
      ExternalInterface external = node.chooseInterface(before.netConf());
      if (!Node.isAnnounced(external, before.lease())) {
        LOG.info("our address is now {}", external.endpoints());
      }
      use(before.with(external, before.lease()));
      return "";
    } catch (ConfigException e) {
      // Such as a default route that is gone for a moment: the tunnel does not need it.
      Optional<ExternalInterface> same = node.stillThere(before.external());
      same.ifPresent(external -> use(before.with(external, before.lease())));
      return same.isPresent() ? "" : String.valueOf(e.getMessage());
    }
  }

  /** Tells whether our subnet is another one now. */
  private boolean keepLease() {
    Node.Basis before = basis.orElseThrow();
    Optional<Lease> fresh = own.check(before, snapshot);
    fresh.ifPresent(lease -> use(before.with(before.external(), lease)));
    return fresh.filter(lease -> !lease.subnets().equals(before.lease().subnets())).isPresent();
  }

  private void report(DirtyMarks.Marks taken, Reconciler.Round result, LeaseSnapshot leases) {
    String severe =
        Stream.of(trouble, unplanned, own.twin())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElse("");
    boolean first = !status.everReady();
    String problem = Capabilities.explain(severe.isEmpty() ? error(result) : severe);
    boolean ready = problem.isEmpty() && (leases.inSync() || lastGoodInUse);
    if (ready) {
      files.write(basis.orElseThrow(), networks.mtu());
    }
    DaemonStatus before = status;
    status =
        new DaemonStatus(
            options.nodeName(),
            problem,
            own.faults(),
            basis.map(Node.Basis::lease),
            leases,
            desired,
            networks.refused(),
            result.tables(),
            before.everReady() || ready,
            problem.equals(before.problem()) ? before.since() : clock.instant(),
            basis.orElseThrow().limits(),
            around.remarks());
    if (leases.inSync() && !stopping) {
      own.keep(leases, basis.orElseThrow());
    }
    if (undidOthers(taken, before)) {
      counts.repaired(result.tables());
    }
    history.saw(leases, clock.instant());
    history.failed(result.tables(), clock.instant());
    log(taken, before, result);
    if (first && ready) {
      onReady.accept(status);
    }
  }

  private String error(Reconciler.Round result) {
    Optional<List<TableStatus>> before =
        status.everReady() ? Optional.of(status.tables()) : Optional.empty();
    return result.error().isEmpty() ? NodeFailures.of(result.tables(), before) : result.error();
  }

  /** Whether what the round changed was what others had done: told by an event, or found later. */
  private static boolean undidOthers(DirtyMarks.Marks taken, DaemonStatus before) {
    boolean audit = !taken.any() && before.tables().stream().allMatch(table -> table.failed() == 0);
    return before.everReady() && (taken.kernel() || audit);
  }

  /** One line per change of state: what was mended, what fails, and that it is well again. */
  private void log(DirtyMarks.Marks taken, DaemonStatus before, Reconciler.Round result) {
    if (!before.problem().equals(status.problem()) || before.everReady() != status.everReady()) {
      LOG.info("{}", StatusPages.summary(status));
    }
    if (!status.refused().equals(before.refused())) {
      status.refused().stream()
          .filter(refusal -> !before.refused().contains(refusal))
          .forEach(
              refusal ->
                  LOG.warn(
                      "lease {} of {} refused: {}",
                      refusal.lease(),
                      refusal.node(),
                      refusal.why()));
    }
    around.remarks().stream()
        .filter(remark -> !before.remarks().contains(remark))
        .forEach(remark -> LOG.warn("{}", remark));
    if (result.changed() > 0 && taken.kernel() && !taken.reason().isEmpty()) {
      LOG.info("{}: mended {} objects", taken.reason(), result.changed());
    }
    result.tables().stream()
        .filter(table -> table.failed() > 0)
        .filter(table -> !before.tables().contains(table))
        .forEach(
            table ->
                LOG.warn("{}: {} failed, {}", table.table(), table.failed(), table.firstError()));
  }
}
