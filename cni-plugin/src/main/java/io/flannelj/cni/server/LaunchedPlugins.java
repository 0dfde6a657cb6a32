package io.flannelj.cni.server;

import io.flannelj.cni.CniAnswer;
import io.flannelj.cni.CniError;
import io.flannelj.cni.ForeignPlugins;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Foreign plugins, run by the launcher. The error texts are those of libcni's raw_exec.go. */
final class LaunchedPlugins implements ForeignPlugins {
  private final ServedCall call;

  LaunchedPlugins(ServedCall call) {
    this.call = call;
  }

  @Override
  public CniAnswer execute(
      String type, String command, byte[] stdin, Map<String, String> extraEnvironment) {
    Report report = run(new Execution(type, stdin, Optional.of(command), extraEnvironment));
    String stderr = text(report.stderr());
    return switch (report.outcome()) {
      case EXITED -> {
        if (report.stdoutTruncated()) {
          throw new CniError(
              CniError.DECODE_FAILURE, "plugin " + type + " printed more than 1 MiB", stderr);
        }
        yield new CniAnswer(report.code(), text(report.stdout()), stderr);
      }
      case NOT_FOUND -> throw new CniError(CniError.INTERNAL, report.text());
      case SIGNALLED, NOT_RUN ->
          throw new CniError(
              CniError.INTERNAL,
              stderr.isEmpty()
                  ? "netplugin failed with no error message: " + report.text()
                  : "netplugin failed: \"" + stderr.strip() + "\"",
              "plugin " + type + ": " + report.text());
    };
  }

  private Report run(Execution execution) {
    try {
      return call.execute(execution);
    } catch (CallerGoneException e) {
      // The plugin takes back what it has made, as after every failure; the answer has no reader.
      throw new CniError(CniError.TRY_AGAIN, String.valueOf(e.getMessage()), e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
