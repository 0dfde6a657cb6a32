package io.flannelj.kernel;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.NativeException;
import io.flannelj.sysctl.Sysctl;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Looks every two seconds at what the kernel tells nobody when it changes: iptables-legacy's
 * FORWARD, which is the reading of a line in /proc where the table is not loaded, and kernel
 * parameters, of which {@code accept_ra} has no notification.
 */
public final class SilentMonitor implements AutoCloseable {
  private static final long PERIOD_MILLIS = 2_000;

  private final Supplier<Map<String, String>> sysctls;
  private final Consumer<String> dirty;
  private final Sysctl sysctl = new Sysctl();
  private final CountDownLatch end = new CountDownLatch(1);
  private Optional<LegacyTables.Filter> filter = Optional.empty();
  private Map<String, String> wrong = Map.of();
  private int looks;

  private SilentMonitor(Supplier<Map<String, String>> sysctls, Consumer<String> dirty) {
    this.sysctls = sysctls;
    this.dirty = dirty;
  }

  /**
   * Starts looking, in the calling thread's network namespace.
   *
   * @param sysctls what parameters must be: keys with slashes, values
   * @param dirty gets the reason for a look at the kernel
   */
  public static SilentMonitor start(Supplier<Map<String, String>> sysctls, Consumer<String> dirty) {
    SilentMonitor monitor = new SilentMonitor(sysctls, dirty);
    Thread thread = new Thread(monitor::run, "silent-monitor");
    thread.setDaemon(true);
    thread.start();
    return monitor;
  }

  private void run() {
    filter = filter();
    try {
      while (!end.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
        lookAtFilter();
        lookAtSysctls();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAtFilter() {
    Optional<LegacyTables.Filter> now = filter();
    if (now.isPresent() != filter.isPresent()
        || (now.isPresent() && !now.get().saysTheSame(filter.orElseThrow()))) {
      dirty.accept("iptables-legacy changed");
    }
    filter = now;
  }

  /**
   * What stays wrong cannot be mended, as in a container whose /proc/sys is read-only, or is spoilt
   * again and again: it is told at the first look, the second, the fourth and so on.
   */
  private void lookAtSysctls() {
    Map<String, String> now = wrong();
    looks = now.equals(wrong) ? looks + 1 : 1;
    wrong = now;
    if (!now.isEmpty() && Integer.bitCount(looks) == 1) {
      Map.Entry<String, String> first = now.entrySet().iterator().next();
      dirty.accept("sysctl " + first.getKey() + " was " + first.getValue());
    }
  }

  private Map<String, String> wrong() {
    Map<String, String> found = new TreeMap<>();
    sysctls
        .get()
        .forEach(
            (key, value) ->
                present(key)
                    .filter(present -> !present.equals(value))
                    .ifPresent(present -> found.put(key, present)));
    return found;
  }

  private Optional<String> present(String key) {
    try {
      return sysctl.read(key);
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** What cannot be read is told by the next full comparison. */
  private static Optional<LegacyTables.Filter> filter() {
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
