package io.flannelj.reconcile;

import io.flannelj.desired.DesiredTable;
import io.flannelj.desired.LinkName;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Keeps the kernel equal to what is desired. A round either applies by key what changed in the
 * desired state and what is due again (no dump), or compares every table with the kernel: at first,
 * when somebody marked the kernel dirty, when the desired state became complete, when a device was
 * made anew, and as an audit. Entries are put in the order of the tables and removed in the reverse
 * order, after everything new is there. Nothing is removed before everything desired is known.
 *
 * <p>One thread calls {@link #round}; {@link #markDirty} and {@link #status} are for any thread.
 */
public final class Reconciler {
  /** Full rounds that events ask for keep this distance, so that a storm cannot be all we do. */
  static final Duration SPACING = Duration.ofMillis(100);

  private final List<TableState<?, ?>> tables = new ArrayList<>();
  private final DesiredSource source;
  private final Consumer<ReconcileEvent> events;
  private final LongSupplier nanoTime;
  private final InstantSource clock;
  private final Duration auditPeriod;
  private final RetrySchedule<String> dumps = new RetrySchedule<>();

  /** Why the kernel may differ; empty if nobody says so. */
  private volatile String dirty = "";

  private boolean known;
  private boolean complete;
  private boolean everFull;
  private boolean fullPending;
  private long lastFull;
  private long lastAsked;
  private long notInSyncSince;
  private volatile ReconcileStatus status;

  /**
   * Over the kernel's tables.
   *
   * @param kernelTables one for each table that shall be kept, in any order
   * @param auditPeriod how often everything is compared without a cause
   * @param events told from within rounds
   * @param nanoTime a monotonic clock
   * @param clock for the status
   */
  public Reconciler(
      List<KernelTable<?, ?>> kernelTables,
      DesiredSource source,
      Duration auditPeriod,
      Consumer<ReconcileEvent> events,
      LongSupplier nanoTime,
      InstantSource clock) {
    for (DesiredTable<?, ?> table : DesiredTable.IN_ORDER) {
      for (KernelTable<?, ?> kernelTable : kernelTables) {
        if (kernelTable.table().equals(table)) {
          tables.add(new TableState<>(kernelTable));
        }
      }
    }
    this.source = source;
    this.auditPeriod = auditPeriod;
    this.events = events;
    this.nanoTime = nanoTime;
    this.clock = clock;
    this.notInSyncSince = nanoTime.getAsLong();
    this.lastAsked = notInSyncSince - SPACING.toNanos();
    this.status = new ReconcileStatus(false, false, List.of(), clock.instant(), 0);
  }

  /**
   * Says that the kernel may differ from what was applied. The next round compares everything.
   *
   * @param reason for the log, such as {@code route removed}
   */
  public void markDirty(String reason) {
    // A mark that meets another one needs no keeping: the dumps that clear that one come later.
    if (dirty.isEmpty()) {
      dirty = reason;
    }
  }

  /** How things stood after the last round. */
  public ReconcileStatus status() {
    return status;
  }

  /**
   * Does what is due now.
   *
   * @return how long the caller may wait for the next {@link #markDirty} or change before it calls
   *     again
   */
  public Duration round() {
    long now = nanoTime.getAsLong();
    DesiredSource.Update update = source.poll();
    boolean becameComplete = update.complete() && !complete;
    known = update.known();
    complete = update.complete();
    tables.forEach(table -> table.accept(update.change(), complete));
    if (!known) {
      return auditPeriod;
    }
    tables.forEach(TableState::beginRound);
    Optional<String> reason = dueFullRound(becameComplete, now);
    if (reason.isPresent()) {
      fullRound(reason.get(), now);
    } else if (keyedRound(now)) {
      fullRound("a device was made anew", now);
    }
    publish(now);
    return untilNext(nanoTime.getAsLong());
  }

  /** Why everything has to be compared now; empty if nothing asks for it. */
  private Optional<String> dueFullRound(boolean becameComplete, long now) {
    if (!everFull || fullPending) {
      return Optional.of("start");
    }
    if (becameComplete) {
      return Optional.of("the store is in sync");
    }
    String asked = dirty;
    if (!asked.isEmpty() && now - lastAsked >= SPACING.toNanos()) {
      lastAsked = now;
      return Optional.of(asked);
    }
    if (dumps.size() > 0 && dumps.isDue("", now)) {
      return Optional.of("retry");
    }
    return now - lastFull >= auditPeriod.toNanos() ? Optional.of("audit") : Optional.empty();
  }

  /** Returns whether everything has to be compared after all. */
  private boolean keyedRound(long now) {
    Set<LinkName> missing = new HashSet<>();
    for (TableState<?, ?> table : tables) {
      boolean failedBefore = !table.missingLinks().isEmpty();
      if (table.putTouched(missing, now)) {
        return true;
      }
      missing.addAll(table.missingLinks());
      if (failedBefore && missing.isEmpty()) {
        return true;
      }
    }
    removeInReverse(now);
    report("");
    return false;
  }

  private void fullRound(String reason, long now) {
    fullPending = true;
    // What is marked from here on may have been missed by the dumps.
    dirty = "";
    Set<LinkName> missing = new HashSet<>();
    boolean cleared = false;
    for (TableState<?, ?> table : tables) {
      if (cleared) {
        table.retrySoon();
      }
      cleared |= table.putAgainstKernel(missing, now);
      missing.addAll(table.missingLinks());
    }
    removeInReverse(now);
    if (tables.stream().anyMatch(TableState::hasDumpError)) {
      dumps.failed("", "", now);
    } else {
      dumps.forget("");
    }
    report(everFull ? reason : "");
    everFull = true;
    fullPending = false;
    lastFull = now;
  }

  private void removeInReverse(long now) {
    if (!complete) {
      return;
    }
    for (int i = tables.size() - 1; i >= 0; i--) {
      tables.get(i).removeLeaving(now);
    }
  }

  private void report(String mendedFor) {
    int put = 0;
    int removed = 0;
    Optional<TableState<?, ?>> mended = Optional.empty();
    for (TableState<?, ?> table : tables) {
      TableState.RoundCount count = table.count();
      put += count.put();
      removed += count.removed();
      if (mended.isEmpty() && count.mended() > 0) {
        mended = Optional.of(table);
      }
      if (!count.error().isEmpty()) {
        events.accept(
            new ReconcileEvent.Failed(
                table.name(), count.firstFailed(), count.error(), table.retries().size()));
      }
    }
    if (put + removed == 0) {
      return;
    }
    if (mended.isPresent() && !mendedFor.isEmpty()) {
      TableState<?, ?> first = mended.get();
      events.accept(
          new ReconcileEvent.Mended(
              mendedFor, first.name(), first.count().firstMended(), put, removed));
    } else {
      events.accept(new ReconcileEvent.Applied(put, removed));
    }
  }

  private void publish(long now) {
    List<TableStatus> statuses = tables.stream().map(TableState::status).toList();
    ReconcileStatus before = status;
    ReconcileStatus after =
        new ReconcileStatus(known, complete, statuses, before.since(), before.rounds() + 1);
    if (after.isInSync() != before.isInSync()) {
      after = new ReconcileStatus(known, complete, statuses, clock.instant(), before.rounds() + 1);
      if (after.isInSync()) {
        int entries = statuses.stream().mapToInt(TableStatus::desired).sum();
        events.accept(new ReconcileEvent.InSync(entries, Duration.ofNanos(now - notInSyncSince)));
      } else {
        notInSyncSince = now;
      }
    }
    status = after;
  }

  private Duration untilNext(long now) {
    Duration next = Duration.ofNanos(Math.max(0, lastFull + auditPeriod.toNanos() - now));
    if (!dirty.isEmpty()) {
      next = min(next, Duration.ofNanos(Math.max(0, lastAsked + SPACING.toNanos() - now)));
    }
    next = min(next, dumps.untilNext(now).orElse(next));
    for (TableState<?, ?> table : tables) {
      next = min(next, table.retries().untilNext(now).orElse(next));
    }
    return next;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
