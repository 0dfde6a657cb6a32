package io.flannelj.cni.server;

import io.flannelj.libc.NativeException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Main class of the stand-alone process, which the launcher starts when no daemon answers. Logs to
 * standard error, which is the bounded log file.
 */
public final class StandaloneMain {
  private StandaloneMain() {}

  /** Serves; exit status 0 after leaving or if another process serves, 1 on failure, 2 usage. */
  public static void main(String[] arguments) {
    System.exit(serve(arguments));
  }

  private static int serve(String... arguments) {
    try (CniService service = CniService.open()) {
      return run(service.handler(), arguments);
    } catch (IOException | NativeException e) {
      log("cannot serve: " + e);
      return 1;
    }
  }

  static int run(CallHandler handler, String... arguments) {
    try {
      StandaloneOptions options = StandaloneOptions.parse(arguments);
      return Standalone.run(options, CniService.build(), handler, StandaloneMain::log);
    } catch (IllegalArgumentException e) {
      log(e.getMessage() + "\n" + StandaloneOptions.USAGE);
      return 2;
    }
  }

  private static void log(String line) {
    String now = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    System.err.println(now + " cni-standalone[" + ProcessHandle.current().pid() + "] " + line);
  }
}
