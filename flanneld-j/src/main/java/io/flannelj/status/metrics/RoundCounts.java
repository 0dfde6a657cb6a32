package io.flannelj.status.metrics;

import io.flannelj.reconcile.TableStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Rounds of the reconciler since the start. Written by the reconciling thread, read by others. */
public final class RoundCounts {
  private static final String FULL = "full";
  private static final String LEASES = "leases";

  private final Histogram full = new Histogram();
  private final Histogram leases = new Histogram();
  private final LongAdder fullErrors = new LongAdder();
  private final LongAdder leaseErrors = new LongAdder();
  private final Map<String, LongAdder> repairs = new ConcurrentSkipListMap<>();

  /**
   * A round has ended.
   *
   * @param leasesOnly whether only what changed was applied, without a look at the kernel
   * @param nanos how long it took
   * @param inSync whether it left nothing undone
   */
  public void round(boolean leasesOnly, long nanos, boolean inSync) {
    (leasesOnly ? leases : full).add(nanos);
    if (!inSync) {
      (leasesOnly ? leaseErrors : fullErrors).increment();
    }
  }

  /** A round undid what others had done to the kernel. */
  public void repaired(List<TableStatus> tables) {
    for (TableStatus table : tables) {
      if (table.changed() > 0) {
        repairs.computeIfAbsent(table.table(), name -> new LongAdder()).add(table.changed());
      }
    }
  }

  void writeTo(MetricsText text) {
    text.add(Metric.RECONCILE_DURATION, full, FULL);
    text.add(Metric.RECONCILE_DURATION, leases, LEASES);
    text.add(Metric.RECONCILE_ERRORS, fullErrors.sum(), FULL);
    text.add(Metric.RECONCILE_ERRORS, leaseErrors.sum(), LEASES);
    repairs.forEach((table, count) -> text.add(Metric.TABLE_REPAIRS, count.sum(), table));
  }
}
