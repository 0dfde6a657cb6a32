package io.flannelj.cni.ipam;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileIdentity;
import io.flannelj.cni.CallerFiles;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * When this boot began, on the wall clock that stamps files. A clock that was set after the start
 * makes files of this boot look older than the boot; so nothing counts as older that is not older
 * than everything in /run too, which began empty and was stamped by the same clock.
 */
final class BootTime {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long MILLIS_PER_SECOND = 1_000;

  private BootTime() {}

  /**
   * Nanoseconds since 1970 before which nothing of this boot was made; the smallest number if it
   * cannot be told.
   */
  static long nanos(CallerFiles files, LongSupplier clockMillis) {
    Optional<byte[]> uptime = files.read("/proc/uptime");
    Optional<CallerDirectory> run = files.directory("/run");
    if (uptime.isEmpty() || run.isEmpty()) {
      return Long.MIN_VALUE;
    }
    String text = new String(uptime.get(), StandardCharsets.US_ASCII);
    int dot = text.indexOf('.');
    if (dot < 1) {
      return Long.MIN_VALUE;
    }
    long seconds = Long.parseLong(text.substring(0, dot)) + 1;
    long boot = (clockMillis.getAsLong() - seconds * MILLIS_PER_SECOND) * NANOS_PER_MILLI;
    try (CallerDirectory directory = run.get()) {
      for (String name : directory.names()) {
        Optional<FileIdentity> file = directory.identity(name);
        if (file.isPresent()) {
          boot = Math.min(boot, Math.min(file.get().changedNanos(), file.get().modifiedNanos()));
        }
      }
    }
    return boot;
  }
}
