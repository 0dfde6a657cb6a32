package io.flannelj.daemon;

import io.flannelj.config.Options;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.status.DaemonStatus;
import io.flannelj.status.StatusPages;
import io.flannelj.status.StatusServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in the daemon's place while not even the node's name is known: a liveness probe that gets
 * no answer has the kubelet kill a daemon that waits for nothing but the API server.
 */
public final class EarlyStatus implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EarlyStatus.class);

  private final StatusServer server = new StatusServer();
  private final FileDescriptor lock;
  private volatile DaemonStatus status =
      DaemonStatus.starting("a node whose name is not known yet", Instant.now());

  /**
   * Listens where the daemon will.
   *
   * @throws IOException if another daemon runs
   */
  public EarlyStatus(Options options) throws IOException {
    lock = StateDirLock.take(Path.of(options.stateDir()));
    server.listen(Path.of(options.stateDir(), "control.sock"), this::page);
    if (options.healthzPort() != 0) {
      try {
        server.listen(options.healthzIp(), options.healthzPort(), this::page);
      } catch (IOException e) {
        LOG.error("{}", e.getMessage());
      }
    }
  }

  /** What is in the way; told once in the log as long as it stays the same. */
  public void waitsFor(String problem) {
    if (!problem.equals(status.problem())) {
      LOG.warn("not ready: {}", problem);
      status = status.withProblem(problem, Instant.now());
    }
  }

  private StatusServer.Page page(String path) {
    return switch (path) {
      case "/healthz" -> new StatusServer.Page(200, "flanneld is running");
      case "/status" ->
          new StatusServer.Page(200, status.node() + ": " + StatusPages.summary(status) + "\n");
      default -> new StatusServer.Page(503, StatusPages.readiness(status));
    };
  }

  @Override
  public void close() {
    server.close();
    lock.close();
  }
}
