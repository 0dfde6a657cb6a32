package io.flannelj.cni.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * The command line of the stand-alone process.
 *
 * @param lockFd inherited descriptor of the lock file, which is locked already
 * @param directory where socket and lock are
 * @param idle without a call for so long it leaves
 */
record StandaloneOptions(OptionalInt lockFd, Path directory, Duration idle) {
  static final String USAGE =
      "usage: cni-standalone [--lock-fd=N] [--run-dir=DIRECTORY] [--idle-ms=N]";

  private static final Path DIRECTORY = Path.of("/run/flannel");
  private static final Duration IDLE = Duration.ofSeconds(20);

  /**
   * Reads the command line.
   *
   * @throws IllegalArgumentException names the argument that is not understood
   */
  static StandaloneOptions parse(String... arguments) {
    StandaloneOptions options = new StandaloneOptions(OptionalInt.empty(), DIRECTORY, IDLE);
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      String value = equals < 0 ? "" : argument.substring(equals + 1);
      options = options.with(name, value);
    }
    return options;
  }

  private StandaloneOptions with(String name, String value) {
    return switch (name) {
      case "--lock-fd" ->
          new StandaloneOptions(OptionalInt.of(number(name, value)), directory, idle);
      case "--run-dir" -> new StandaloneOptions(lockFd, Path.of(value), idle);
      case "--idle-ms" ->
          new StandaloneOptions(lockFd, directory, Duration.ofMillis(number(name, value)));
      default -> throw new IllegalArgumentException("unknown option " + name);
    };
  }

  private static int number(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException(name + "=" + value + " is no number");
  }

  Path socket() {
    return directory.resolve("cni-standalone.sock");
  }

  Path lock() {
    return directory.resolve("cni-standalone.lock");
  }
}
