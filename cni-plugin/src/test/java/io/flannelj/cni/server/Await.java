package io.flannelj.cni.server;

import java.util.concurrent.Callable;

/** Polls for something that happens on another thread or in another process. */
final class Await {
  private static final long CEILING_NANOS = 60_000_000_000L;

  private Await() {}

  static void until(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + CEILING_NANOS;
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("never happened: " + what);
      }
      Thread.sleep(2);
    }
  }
}
