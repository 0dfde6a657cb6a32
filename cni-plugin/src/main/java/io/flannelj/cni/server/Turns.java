package io.flannelj.cni.server;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Who of the calls may run: a limited number at the same time, in the order in which they came. */
final class Turns {
  private final Permits permits;

  Turns(int limit) {
    permits = new Permits(limit);
  }

  private static final class Permits extends Semaphore {
    private static final long serialVersionUID = 1;

    Permits(int limit) {
      super(limit, true);
    }

    void overdraw() {
      reducePermits(1);
    }
  }

  /**
   * Waits for a turn.
   *
   * @return whether it had to wait
   */
  boolean take() throws InterruptedException {
    if (permits.tryAcquire()) {
      return false;
    }
    permits.acquire();
    return true;
  }

  /** How many wait for theirs. */
  int waiting() {
    return permits.getQueueLength();
  }

  void giveBack() {
    permits.release();
  }

  /**
   * Lets another call run meanwhile, for somebody else's work that may take for ever or may be
   * another call itself. Afterwards there is no waiting but the limit is exceeded, and later calls
   * wait for it: those that run may all wait for a lock that this call holds.
   */
  <T> T without(Supplier<T> work) {
    giveBack();
    try {
      return work.get();
    } finally {
      permits.overdraw();
    }
  }
}
