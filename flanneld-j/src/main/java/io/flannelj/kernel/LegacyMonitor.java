package io.flannelj.kernel;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.NativeException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Looks at iptables-legacy's FORWARD every two seconds: the kernel tells nobody when it changes.
 * Where the table is not loaded, which is everywhere but on old nodes, that is the reading of a
 * line in /proc.
 */
public final class LegacyMonitor implements AutoCloseable {
  private static final long PERIOD_MILLIS = 2_000;

  private final Consumer<String> dirty;
  private final CountDownLatch end = new CountDownLatch(1);

  private LegacyMonitor(Consumer<String> dirty) {
    this.dirty = dirty;
  }

  /**
   * Starts looking, in the calling thread's network namespace.
   *
   * @param dirty gets the reason for a look at the kernel
   */
  public static LegacyMonitor start(Consumer<String> dirty) {
    LegacyMonitor monitor = new LegacyMonitor(dirty);
    Thread thread = new Thread(monitor::run, "legacy-monitor");
    thread.setDaemon(true);
    thread.start();
    return monitor;
  }

  private void run() {
    Optional<LegacyTables.Filter> last = look();
    try {
      while (!end.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
        Optional<LegacyTables.Filter> now = look();
        if (now.isPresent() != last.isPresent()
            || (now.isPresent() && !now.get().saysTheSame(last.orElseThrow()))) {
          dirty.accept("iptables-legacy changed");
        }
        last = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What cannot be read is told by the next full comparison. */
  private static Optional<LegacyTables.Filter> look() {
    if (!LegacyTables.isLoaded("filter")) {
      return Optional.empty();
    }
    try (FileDescriptor socket = LegacyTables.open()) {
      return Optional.of(LegacyTables.filter(socket));
    } catch (NativeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    end.countDown();
  }
}
