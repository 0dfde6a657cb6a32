package io.flannelj.cni.server;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How many connections are open or still have work behind them, and since when there is none. */
final class OpenCalls {
  private final int limit;
  private final LongSupplier nanoTime;
  private int open;
  private long lastLeft;

  OpenCalls(int limit, LongSupplier nanoTime) {
    this.limit = limit;
    this.nanoTime = nanoTime;
    this.lastLeft = nanoTime.getAsLong();
  }

  /** Waits until one more may be open. Who asks is the only one to enter. */
  synchronized void awaitRoom() throws InterruptedException {
    while (open >= limit) {
      wait();
    }
  }

  /** One more. */
  synchronized void enter() {
    open++;
  }

  /** One less. */
  synchronized void leave() {
    open--;
    lastLeft = nanoTime.getAsLong();
    if (open == 0 || open == limit - 1) {
      notifyAll();
    }
  }

  synchronized int count() {
    return open;
  }

  /** How long there has been none; zero while there is one. */
  synchronized Duration idle() {
    return open > 0 ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - lastLeft);
  }

  /** Waits until there is none; false if the time is over first or the thread is interrupted. */
  synchronized boolean awaitNone(Duration ceiling) {
    long end = nanoTime.getAsLong() + ceiling.toNanos();
    while (open > 0) {
      long left = end - nanoTime.getAsLong();
      if (left <= 0) {
        return false;
      }
      try {
        wait(left / 1_000_000 + 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
