package io.flannelj.kernel;

import io.flannelj.desired.TrafficRules;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.libc.LegacyTables;
import io.flannelj.libc.NativeException;
import io.flannelj.sysctl.Sysctl;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Looks at what the kernel tells nobody when it changes: four times a second at FORWARD of
 * iptables-legacy and ip6tables-legacy, which is the reading of a line in /proc where the table is
 * not loaded, and every two seconds at kernel parameters, of which {@code accept_ra} has no
 * notification.
 */
public final class SilentMonitor implements AutoCloseable {
  private static final long PERIOD_MILLIS = 250;
  private static final int PERIODS_OF_SYSCTLS = 8;
  // A table of many thousand rules is read as a whole: then the seldomer.
  private static final int TIMES_OF_A_LOOK = 50;

  private final Supplier<Map<String, String>> sysctls;
  private final Supplier<List<TrafficRules>> rules;
  private final Consumer<String> dirty;
  private final Sysctl sysctl = new Sysctl();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Map<LegacyFamily, LegacyTables.Filter> filters = new EnumMap<>(LegacyFamily.class);
  private final Lasting wrongSysctls = new Lasting();
  private final Lasting wrongRules = new Lasting();

  private SilentMonitor(
      Supplier<Map<String, String>> sysctls,
      Supplier<List<TrafficRules>> rules,
      Consumer<String> dirty) {
    this.sysctls = sysctls;
    this.rules = rules;
    this.dirty = dirty;
  }

  /**
   * Starts looking, in the calling thread's network namespace.
   *
   * @param sysctls what parameters must be: keys with slashes, values
   * @param rules which packets must pass
   * @param dirty gets the reason for a look at the kernel
   */
  public static SilentMonitor start(
      Supplier<Map<String, String>> sysctls,
      Supplier<List<TrafficRules>> rules,
      Consumer<String> dirty) {
    SilentMonitor monitor = new SilentMonitor(sysctls, rules, dirty);
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
      long wait = PERIOD_MILLIS;
      for (int period = 1; !end.await(wait, TimeUnit.MILLISECONDS); period++) {
        long start = System.nanoTime();
        lookAtFilters();
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        wait = Math.max(PERIOD_MILLIS, TIMES_OF_A_LOOK * took);
        if (period % PERIODS_OF_SYSCTLS == 0) {
          lookAtSysctls();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A flush between our repair and the next look changes nothing that was seen: it is wrong. */
  private void lookAtFilters() {
    Map<String, String> wrong = new TreeMap<>();
    if (filters.isEmpty() && !isAnyLoaded()) {
      wrongRules.isNews(wrong);
      return;
    }
    for (TrafficRules wanted : rules.get()) {
      if (!passes(wanted)) {
        wrong.put(LegacyFamily.of(wanted.network().isIpv4()).program(), "");
      }
    }
    boolean news = wrongRules.isNews(wrong);
    for (LegacyFamily family : LegacyFamily.values()) {
      if (filterChanged(family) || (news && wrong.containsKey(family.program()))) {
        dirty.accept(family.program() + " changed");
      }
    }
  }

  private static boolean isAnyLoaded() {
    return Arrays.stream(LegacyFamily.values()).anyMatch(family -> family.isLoaded("filter"));
  }

  private static boolean passes(TrafficRules wanted) {
    try {
      return LegacyForward.isRight(wanted);
    } catch (NativeException e) {
      return true;
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

  private void lookAtSysctls() {
    Map<String, String> now = wrong();
    if (wrongSysctls.isNews(now)) {
      Map.Entry<String, String> first = now.entrySet().iterator().next();
      dirty.accept("sysctl " + first.getKey() + " was " + first.getValue());
    }
  }

  /**
   * What stays wrong cannot be mended, as in a container whose /proc/sys is read-only, or is spoilt
   * again and again: it is news at the first look, the second, the fourth and so on.
   */
  private static final class Lasting {
    private Map<String, String> last = Map.of();
    private int looks;

    boolean isNews(Map<String, String> wrong) {
      looks = wrong.equals(last) ? looks + 1 : 1;
      last = wrong;
      return !wrong.isEmpty() && Integer.bitCount(looks) == 1;
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
