package io.flannelj.status.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What /proc says of this process, under the names that every Prometheus client uses. */
final class ProcessFacts {
  // USER_HZ is 100 on every architecture that Linux has Java for.
  private static final double TICKS_PER_SECOND = 100;
  private static final double KIB = 1024;

  private ProcessFacts() {}

  /** What cannot be read is left out. */
  static void writeTo(MetricsText text) {
    Path self = Path.of("/proc/self");
    try {
      // proc(5): the name in parentheses may hold blanks; state is field 3, utime 14, starttime 22.
      String stat = Files.readString(self.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      double cpu = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
      text.add(Metric.PROCESS_CPU, cpu / TICKS_PER_SECOND);
      text.add(Metric.PROCESS_START, bootSeconds() + Long.parseLong(fields[19]) / TICKS_PER_SECOND);
      text.add(Metric.PROCESS_MEMORY, number(self.resolve("status"), "VmRSS:") * KIB);
      try (Stream<Path> descriptors = Files.list(self.resolve("fd"))) {
        text.add(Metric.PROCESS_FDS, descriptors.count());
      }
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
      // A /proc with hidepid or none at all: no reason to be without the other metrics.
      return;
    }
  }

  private static double bootSeconds() throws IOException {
    return number(Path.of("/proc/stat"), "btime ");
  }

  private static long number(Path file, String key) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(key)) {
        return Long.parseLong(line.substring(key.length()).strip().split(" ")[0]);
      }
    }
    throw new IOException(file + " has no " + key);
  }
}
