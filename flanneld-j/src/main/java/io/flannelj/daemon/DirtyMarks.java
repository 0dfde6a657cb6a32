package io.flannelj.daemon;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the one thread has to look at: marked by every other thread, taken by the reconciling one. A
 * mark is never delayed; marks that come while a round runs are one mark for the next.
 */
final class DirtyMarks {
  /**
   * What was marked.
   *
   * @param leases the leases changed
   * @param kernel the kernel may differ
   * @param reason the first reason given for {@code kernel}
   */
  record Marks(boolean leases, boolean kernel, String reason) {
    boolean any() {
      return leases || kernel;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition marked = lock.newCondition();
  private boolean leases;
  private boolean kernel;
  private String reason = "";

  void leasesChanged() {
    lock.lock();
    try {
      leases = true;
      marked.signal();
    } finally {
      lock.unlock();
    }
  }

  void kernelChanged(String why) {
    lock.lock();
    try {
      kernel = true;
      reason = reason.isEmpty() ? why : reason;
      marked.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a mark, at most so long, and takes all marks. */
  Marks take(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (!leases && !kernel && left > 0) {
        left = marked.awaitNanos(left);
      }
      Marks marks = new Marks(leases, kernel, reason);
      leases = false;
      kernel = false;
      reason = "";
      return marks;
    } finally {
      lock.unlock();
    }
  }

  /** Milliseconds in nanoseconds. */
  static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
