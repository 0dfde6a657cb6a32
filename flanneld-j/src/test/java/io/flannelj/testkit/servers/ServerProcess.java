package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A running server. Its output goes to a file; it ends with the test, also with a JVM that is told
 * to end.
 */
final class ServerProcess implements AutoCloseable {
  private static final Duration READY_CEILING = Duration.ofSeconds(90);
  private static final Duration END_CEILING = Duration.ofSeconds(20);
  private static final int LOG_LINES = 30;

  private final String name;
  private final Path log;
  private final Process process;
  private final Thread atExit;

  private ServerProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    atExit = new Thread(process::destroyForcibly, "end of " + name);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts a command and returns when it is ready.
   *
   * @param directory where it works and its log is kept
   * @throws IllegalStateException with the end of its log if it ends, or is not ready in time
   */
  static ServerProcess start(Path directory, List<String> command, BooleanSupplier ready) {
    String name = String.valueOf(Path.of(command.get(0)).getFileName());
    Path log = directory.resolve(name + ".log");
    ServerProcess server;
    try {
      server =
          new ServerProcess(
              name,
              log,
              new ProcessBuilder(command)
                  .directory(directory.toFile())
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                  .start());
    } catch (IOException e) {
      throw new UncheckedIOException("start " + command, e);
    }
    try {
      server.await(ready);
      return server;
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  private void await(BooleanSupplier ready) {
    long end = System.nanoTime() + READY_CEILING.toNanos();
    while (!ready.getAsBoolean()) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            name + " ended with status " + process.exitValue() + ":\n" + endOfLog());
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            name + " is not ready after " + READY_CEILING + ":\n" + endOfLog());
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a server starts", e);
    }
  }

  /** Its process number. */
  long pid() {
    return process.pid();
  }

  /** Stops it where it is (SIGSTOP): connections stay, nothing is answered. */
  void freeze() {
    CommandResult.of(List.of("kill", "-STOP", Long.toString(pid()))).orThrow();
  }

  /** Lets it go on. */
  void thaw() {
    CommandResult.of(List.of("kill", "-CONT", Long.toString(pid()))).orThrow();
  }

  /** Asks it to end, waits, and ends it by force if it does not. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END_CEILING.toSeconds(), TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
    forget();
  }

  /** Ends it as a loss of power would: nothing is written, no connection closed by it. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
    forget();
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending already.
    }
  }

  private String endOfLog() {
    try {
      List<String> lines = Files.readString(log, StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
