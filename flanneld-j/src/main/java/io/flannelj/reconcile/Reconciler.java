package io.flannelj.reconcile;

import io.flannelj.desired.DesiredState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Brings the kernel to the desired state, in this order: sysctls, device, addresses, neighbours,
 * FDB, routes, nftables; superfluous objects go in reverse order, after everything new is there.
 * Owned by one thread.
 */
public final class Reconciler {
  private final Binding<?, ?> sysctls;
  private final DeviceTable device;
  private final List<Binding<?, ?>> tables;
  private final LongSupplier nanoTime;
  private final RetrySchedule<String> whole = new RetrySchedule<>();
  private Optional<DesiredState> applied = Optional.empty();

  /**
   * What a round came to.
   *
   * @param tables status per table
   * @param changed objects put or removed
   * @param error why the round could not be carried out at all, empty if it was
   */
  public record Round(List<TableStatus> tables, int changed, String error) {
    /** Whether everything desired is in the kernel. */
    public boolean inSync() {
      return error.isEmpty() && tables.stream().allMatch(table -> table.failed() == 0);
    }
  }

  /**
   * Over tables.
   *
   * @param sysctls applied first
   * @param device before the tables that stand on it
   * @param tables in the order of application
   * @param nanoTime a monotonic clock
   */
  public Reconciler(
      Binding<?, ?> sysctls,
      DeviceTable device,
      List<Binding<?, ?>> tables,
      LongSupplier nanoTime) {
    this.sysctls = sysctls;
    this.device = device;
    this.tables = List.copyOf(tables);
    this.nanoTime = nanoTime;
  }

  /**
   * Compares everything with the kernel and mends the difference.
   *
   * @param mayRemove whether the leases are known completely
   */
  public Round full(DesiredState desired, boolean mayRemove) {
    long now = nanoTime.getAsLong();
    applied = Optional.empty();
    try {
      device.ensure(desired.device());
    } catch (RuntimeException e) {
      return failed(desired, e);
    }
    Optional<RuntimeException> first = Optional.empty();
    for (Binding<?, ?> table : all()) {
      try {
        table.putAgainstKernel(desired, now);
      } catch (RuntimeException e) {
        // A table that cannot be read must not keep the others from being mended.
        table.skipRemoval();
        first = first.isPresent() ? first : Optional.of(e);
      }
    }
    removeInReverse(mayRemove, now);
    if (first.isPresent()) {
      return failed(desired, first.get());
    }
    whole.forget("");
    applied = mayRemove ? Optional.of(desired) : Optional.empty();
    return round(desired);
  }

  /**
   * Applies what changed since the last round, without a dump; a full round where there is none to
   * build on or the device itself changes.
   */
  public Round incremental(DesiredState desired, boolean mayRemove) {
    if (applied.isEmpty()
        || !mayRemove
        || whole.size() > 0
        || retryIsDue()
        || !applied.get().device().equals(desired.device())) {
      return full(desired, mayRemove);
    }
    long now = nanoTime.getAsLong();
    DesiredState before = applied.get();
    applied = Optional.empty();
    try {
      for (Binding<?, ?> table : tables) {
        table.putAgainst(before, desired, now);
      }
      removeInReverse(true, now);
    } catch (RuntimeException e) {
      return failed(desired, e);
    }
    applied = Optional.of(desired);
    return round(desired);
  }

  /** Has the next round try again what failed: something changed that may have been the reason. */
  public void hurry() {
    long now = nanoTime.getAsLong();
    all().forEach(table -> table.retries().hurry(now));
  }

  private Round failed(DesiredState desired, RuntimeException cause) {
    String text = String.valueOf(cause.getMessage());
    whole.failed("", nanoTime.getAsLong(), text);
    return new Round(statuses(desired), 0, text);
  }

  private void removeInReverse(boolean mayRemove, long now) {
    for (int i = tables.size() - 1; i >= 0 && mayRemove; i--) {
      tables.get(i).remove(now);
    }
  }

  /** Nanoseconds until something that failed is due again; empty if nothing failed. */
  public OptionalLong nextRetry() {
    long now = nanoTime.getAsLong();
    OptionalLong next = whole.nextDelay(now);
    if (next.isPresent()) {
      // Such a round may not get as far as the tables: what is due in them waits with it.
      return next;
    }
    for (Binding<?, ?> table : all()) {
      OptionalLong delay = table.retries().nextDelay(now);
      if (delay.isPresent() && (next.isEmpty() || delay.getAsLong() < next.getAsLong())) {
        next = delay;
      }
    }
    return next;
  }

  /** A failed key that did not change is only known to a comparison with the kernel. */
  private boolean retryIsDue() {
    OptionalLong next = nextRetry();
    return next.isPresent() && next.getAsLong() == 0;
  }

  private List<Binding<?, ?>> all() {
    List<Binding<?, ?>> all = new ArrayList<>();
    all.add(sysctls);
    all.addAll(tables);
    return all;
  }

  private Round round(DesiredState desired) {
    List<TableStatus> statuses = statuses(desired);
    return new Round(statuses, statuses.stream().mapToInt(TableStatus::changed).sum(), "");
  }

  private List<TableStatus> statuses(DesiredState desired) {
    List<TableStatus> statuses = new ArrayList<>();
    for (Binding<?, ?> table : all()) {
      statuses.add(table.status(desired));
    }
    return statuses;
  }
}
