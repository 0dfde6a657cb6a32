package io.flannelj.cni.server;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** For what may be so for hours, with every call that comes: one line once in a while. */
final class SparseLog {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Consumer<String> log;
  private boolean said;
  private long last;

  SparseLog(Consumer<String> log) {
    this.log = log;
  }

  void accept(String line) {
    synchronized (this) {
      long now = System.nanoTime();
      if (said && now - last < NANOS) {
        return;
      }
      said = true;
      last = now;
    }
    log.accept(line);
  }
}
