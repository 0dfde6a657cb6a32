package io.flannelj.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The time by which leases are judged. A lease's end is a time of day, since it means the same to
 * all nodes; but a time of day can be set, by hand or by NTP, and then nobody knows which of the
 * two times is right. So a second clock goes on from where the time of day was at the start, and
 * both are asked: a lease has run out when it has by both, and ours is renewed for long enough by
 * both. All times in milliseconds since 1970.
 */
public final class LeaseClock {
  /** How long a lease lives without renewal: flannel's 24 hours. */
  public static final long TTL_MILLIS = 24L * 60 * 60 * 1000;

  // More than NTP corrects by slewing, less than any margin of a lease.
  private static final long JUMP_MILLIS = 30_000;

  private final Clock wall;
  private final LongSupplier uptimeMillis;
  private long offset;
  private String jump = "";

  /**
   * Over two clocks.
   *
   * @param uptimeMillis goes on evenly, while the machine sleeps too
   */
  public LeaseClock(Clock wall, LongSupplier uptimeMillis) {
    this.wall = wall;
    this.uptimeMillis = uptimeMillis;
    this.offset = wall.millis() - uptimeMillis.getAsLong();
  }

  /** Over a clock that is known not to jump. */
  public static LeaseClock even(Clock wall) {
    return new LeaseClock(wall, wall::millis);
  }

  /** The time that has come by both clocks: what ends before it has ended. */
  public synchronized long certain() {
    long now = wall.millis();
    return Math.min(now, steady(now));
  }

  /** The time that has come by one clock at least: what must last from now on starts here. */
  public synchronized long possible() {
    long now = wall.millis();
    return Math.max(now, steady(now));
  }

  /** Milliseconds on a clock that never jumps, from an arbitrary moment. */
  public long uptime() {
    return uptimeMillis.getAsLong();
  }

  /** What is to be told of a jump; empty if there was none, or it was taken back. */
  public synchronized String jump() {
    steady(wall.millis());
    return jump;
  }

  private long steady(long now) {
    long uptime = uptimeMillis.getAsLong();
    long ahead = now - uptime - offset;
    if (Math.abs(ahead) < JUMP_MILLIS) {
      // Slewed time: followed, so that the two do not drift apart over months.
      offset = now - uptime;
      jump = "";
    } else if (jump.isEmpty()) {
      jump =
          "the clock was set "
              + (ahead > 0 ? "forward" : "back")
              + " by "
              + text(Duration.ofMillis(Math.abs(ahead)))
              + " to "
              + Instant.ofEpochMilli(now)
              + "; no lease is dropped for that. If the time is right now, restart the daemon at"
              + " leisure; else set it right";
    }
    return uptime + offset;
  }

  /** Such as 30h5m. */
  private static String text(Duration duration) {
    return duration
        .truncatedTo(ChronoUnit.SECONDS)
        .toString()
        .substring(2)
        .toLowerCase(Locale.ROOT);
  }
}
