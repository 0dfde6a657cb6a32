package io.flannelj.cni.server;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that carry out calls: an idle one if there is one, else a new one up to a limit, else the
 * task waits. (ThreadPoolExecutor by itself either starts a thread for every task though others are
 * idle, or starts none before its queue is full.)
 */
final class Workers extends ThreadPoolExecutor {
  private static final int IDLE_SECONDS = 30;

  /** Takes a task only if a thread waits for one. */
  private static final class Handover extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1;

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }

    /** Not put(), which in newer JDKs is offer(). */
    void keep(Runnable task) {
      super.offer(task);
    }
  }

  Workers(int limit) {
    // One always stays, so that whatever is put into the queue is taken from it.
    super(
        1,
        limit,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new Handover(),
        new DefaultThreadFactory("cni-call", true),
        Workers::wait);
    prestartCoreThread();
  }

  private static void wait(Runnable task, ThreadPoolExecutor pool) {
    if (pool.isShutdown()) {
      throw new RejectedExecutionException("the server is closed");
    }
    ((Handover) pool.getQueue()).keep(task);
  }
}
