package io.flannelj.daemon;

import java.util.function.LongSupplier;

/**
 * Gives back what a storm of pods made of the heap. The serial collector lets the old generation
 * grow to its limit before it looks at it, and then 10 MiB of live objects hold 64 MiB of the
 * node's memory; a collection of so few takes some 20 ms.
 */
final class HeapTrim implements AutoCloseable {
  private static final long INTERVAL_MILLIS = 5_000;
  private static final long SLACK = 8 << 20;

  private final LongSupplier committed;
  private final LongSupplier used;
  private final Runnable collect;
  private final Thread thread;
  private long live;

  /** Of this JVM. */
  static HeapTrim start() {
    Runtime runtime = Runtime.getRuntime();
    HeapTrim trim =
        new HeapTrim(
            runtime::totalMemory, () -> runtime.totalMemory() - runtime.freeMemory(), System::gc);
    trim.thread.start();
    return trim;
  }

  HeapTrim(LongSupplier committed, LongSupplier used, Runnable collect) {
    this.committed = committed;
    this.used = used;
    this.collect = collect;
    this.thread = new Thread(this::run, "heap-trim");
    thread.setDaemon(true);
    this.live = SLACK;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(INTERVAL_MILLIS);
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects if the heap has grown to twice what lived after the last time, and more. */
  void look() {
    if (committed.getAsLong() > 2 * live + SLACK) {
      collect.run();
      live = used.getAsLong();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
