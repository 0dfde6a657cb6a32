package io.flannelj.cni.server;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * How a server is to serve.
 *
 * @param socket path of the socket file
 * @param exclusive whether the server itself sees to it that no other process serves there; false
 *     for the stand-alone process, which holds a lock already
 * @param build named in the hello: no blank, no control character
 * @param workers threads that carry out calls, at most
 * @param connections open at the same time; more wait unaccepted
 * @param patience from the hello until the request is complete
 * @param ceiling how long close() waits for open calls
 * @param log takes one line for each event worth knowing
 */
public record ServerSettings(
    Path socket,
    boolean exclusive,
    String build,
    int workers,
    int connections,
    Duration patience,
    Duration ceiling,
    Consumer<String> log) {
  /** {@link #ceiling} as usual: Kubernetes kills 30 s after it has told a pod to end. */
  public static final Duration CEILING = Duration.ofSeconds(10);

  private static final int HELLO_LIMIT = 128;

  /** Checks that the hello fits. */
  public ServerSettings {
    if (build.isEmpty() || build.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
      throw new IllegalArgumentException("build \"" + build + "\" cannot be part of a hello");
    }
    if (hello(build).length > HELLO_LIMIT) {
      throw new IllegalArgumentException("build \"" + build + "\" is too long for a hello");
    }
  }

  /** The usual numbers. */
  public static ServerSettings of(Path socket, String build, Consumer<String> log) {
    return new ServerSettings(socket, true, build, 32, 512, Duration.ofSeconds(30), CEILING, log);
  }

  /** For a caller that holds a lock which keeps other servers away. */
  public ServerSettings alreadyExclusive() {
    return new ServerSettings(socket, false, build, workers, connections, patience, ceiling, log);
  }

  /** With another patience, for tests. */
  ServerSettings withPatience(Duration changed) {
    return new ServerSettings(
        socket, exclusive, build, workers, connections, changed, ceiling, log);
  }

  /** With other numbers, for tests. */
  ServerSettings withLimits(int workerLimit, int connectionLimit, Duration shutdownCeiling) {
    return new ServerSettings(
        socket, exclusive, build, workerLimit, connectionLimit, patience, shutdownCeiling, log);
  }

  byte[] hello() {
    return hello(build);
  }

  private static byte[] hello(String build) {
    return ("flannel-j-cni " + Request.PROTOCOL + " " + build + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
