package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a short command did.
 *
 * @param status its exit status
 * @param text both of its outputs
 */
record CommandResult(List<String> command, int status, String text) {
  private static final long CEILING_SECONDS = 60;

  static CommandResult of(List<String> command) {
    return of(command, Map.of());
  }

  static CommandResult of(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(CEILING_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " does not end: " + text);
      }
      return new CommandResult(command, process.exitValue(), text);
    } catch (IOException e) {
      throw new UncheckedIOException("run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  /** The text of a command that worked. */
  String orThrow() {
    if (status != 0) {
      throw new IllegalStateException(command + " failed with status " + status + ": " + text);
    }
    return text;
  }
}
