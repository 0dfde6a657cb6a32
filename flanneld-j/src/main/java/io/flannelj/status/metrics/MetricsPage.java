package io.flannelj.status.metrics;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import io.flannelj.reconcile.TableStatus;
import io.flannelj.status.DaemonStatus;
import java.util.function.LongSupplier;

/** {@code /metrics}. */
public final class MetricsPage {
  /** The format's media type. */
  public static final String CONTENT_TYPE = MetricsText.CONTENT_TYPE;

  private static final double MILLIS = 1e3;

  private final String version;
  private final CallCounts calls;
  private final RoundCounts rounds;
  private final LongSupplier reclaimed;

  /**
   * Over counters.
   *
   * @param version of the build
   * @param reclaimed addresses taken back so far
   */
  public MetricsPage(String version, CallCounts calls, RoundCounts rounds, LongSupplier reclaimed) {
    this.version = version;
    this.calls = calls;
    this.rounds = rounds;
    this.reclaimed = reclaimed;
  }

  /** The page at this moment. */
  public String print(DaemonStatus status) {
    MetricsText text = new MetricsText();
    text.add(Metric.BUILD_INFO, 1, version);
    addStatus(text, status);
    rounds.writeTo(text);
    calls.writeTo(text);
    text.add(Metric.RECLAIMED_ADDRESSES, reclaimed.getAsLong());
    ProcessFacts.writeTo(text);
    return text.print();
  }

  private static void addStatus(MetricsText text, DaemonStatus status) {
    text.add(Metric.READY, status.isReady() ? 1 : 0);
    boolean inSync = status.leases().inSync() && status.storeProblem().isEmpty();
    text.add(Metric.STORE_IN_SYNC, inSync ? 1 : 0);
    text.add(Metric.LEASES, status.leases().leases().size());
    text.add(Metric.REFUSED_LEASES, status.refusedLeases());
    status.lease().ifPresent(lease -> text.add(Metric.LEASE_EXPIRY, seconds(lease.expiresAt())));
    long direct = 0;
    long all = 0;
    for (DesiredState desired : status.desired()) {
      all += desired.routes().size();
      direct +=
          desired.routes().values().stream()
              .filter(target -> target instanceof RouteTarget.Direct)
              .count();
      text.add(Metric.DEVICE_MTU, desired.device().mtu(), desired.device().name());
    }
    text.add(Metric.PEERS, all - direct, "tunnel");
    text.add(Metric.PEERS, direct, "direct");
    for (TableStatus table : status.tables()) {
      text.add(Metric.TABLE_OBJECTS, table.desired(), table.table());
      text.add(Metric.TABLE_FAILED_OBJECTS, table.failed(), table.table());
    }
  }

  private static double seconds(long millis) {
    return millis >= Lease.UNTIL_REMOVED ? Double.POSITIVE_INFINITY : millis / MILLIS;
  }
}
