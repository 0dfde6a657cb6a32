package io.flannelj.reconcile;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a reconciler's rounds: at once when woken, else when the last round said. What wakes it
 * while a round runs is served by one more round, so that a burst coalesces and its first event
 * never waits.
 */
public final class ReconcileLoop {
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  private final Reconciler reconciler;
  private final Consumer<RuntimeException> failures;
  private final Semaphore wakes = new Semaphore(0);
  private volatile boolean stopping;

  /**
   * Of a reconciler whose rounds nobody else calls.
   *
   * @param failures told of rounds that failed as a whole, which is a defect; the loop goes on
   */
  public ReconcileLoop(Reconciler reconciler, Consumer<RuntimeException> failures) {
    this.reconciler = reconciler;
    this.failures = failures;
  }

  /** The desired state may have changed. For any thread. */
  public void wake() {
    wakes.release();
  }

  /** The kernel may have changed. For any thread. */
  public void markDirty(String reason) {
    reconciler.markDirty(reason);
    wakes.release();
  }

  /** Ends the loop after the round that runs. The kernel keeps what it has. */
  public void stop() {
    stopping = true;
    wakes.release();
  }

  /**
   * Runs on the calling thread until {@link #stop}.
   *
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  public void run() throws InterruptedException {
    while (!stopping) {
      Duration wait = round();
      boolean woken = wakes.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
      if (woken) {
        wakes.drainPermits();
      }
    }
  }

  private Duration round() {
    try {
      return reconciler.round();
    } catch (RuntimeException e) {
      failures.accept(e);
      return AFTER_FAILURE;
    }
  }
}
