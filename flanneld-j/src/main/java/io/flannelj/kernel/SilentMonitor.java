package io.flannelj.kernel;

import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.NativeException;
import io.flannelj.sysctl.Sysctl;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Looks every two seconds at what the kernel tells nobody when it changes: FORWARD of
 * iptables-legacy and ip6tables-legacy, which is the reading of a line in /proc where the table is
 * not loaded, and kernel parameters, of which {@code accept_ra} has no notification.
 */
public final class SilentMonitor implements AutoCloseable {
  private static final long PERIOD_MILLIS = 2_000;

  private final Supplier<Map<String, String>> sysctls;
  private final Consumer<String> dirty;
  private final Sysctl sysctl = new Sysctl();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Map<LegacyFamily, LegacyTables.Filter> filters = new EnumMap<>(LegacyFamily.class);
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
    for (LegacyFamily family : LegacyFamily.values()) {
      filterChanged(family);
    }
    try {
      while (!end.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
        for (LegacyFamily family : LegacyFamily.values()) {
          if (filterChanged(family)) {
            dirty.accept(family.program() + " changed");
          }
        }
        lookAtSysctls();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What cannot be read is told by the next full comparison. */
  private boolean filterChanged(LegacyFamily family) {
    Optional<LegacyTables.Filter> now = Optional.empty();
    if (family.isLoaded("filter")) {
      try {
        now = Optional.of(LegacyTables.filter(family));
      } catch (NativeException e) {
        now = Optional.empty();
      }
    }
    Optional<LegacyTables.Filter> before = Optional.ofNullable(filters.remove(family));
    now.ifPresent(filter -> filters.put(family, filter));
    return !now.equals(before);
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

  @Override
  public void close() {
    end.countDown();
  }
}
