package io.flannelj.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** CLOCK_BOOTTIME as /proc/uptime has it: even, and it goes on while the machine sleeps. */
final class Uptime {
  private static final Path FILE = Path.of("/proc/uptime");
  private static final int MILLIS = 1000;

  private Uptime() {}

  /**
   * Milliseconds since the kernel booted, in steps of 10; without /proc, those that it was awake.
   */
  static long millis() {
    try {
      String text = Files.readString(FILE);
      return (long) (Double.parseDouble(text.substring(0, text.indexOf(' '))) * MILLIS);
    } catch (IOException e) {
      return System.nanoTime() / 1_000_000;
    }
  }
}
