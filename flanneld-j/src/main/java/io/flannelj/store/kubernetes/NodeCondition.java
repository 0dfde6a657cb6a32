package io.flannelj.store.kubernetes;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps our node's condition NetworkUnavailable false once the network is there: cloud controllers
 * set it, and the scheduler places no pods while it stands. It is tried until it succeeds, and
 * again when somebody changes it.
 */
final class NodeCondition implements AutoCloseable {
  private static final long FIRST_RETRY_MILLIS = 500;
  private static final long LAST_RETRY_MILLIS = 60_000;
  // A server that is away is back in seconds for us; one that refuses is not asked so often.
  private static final long AWAY_RETRY_MILLIS = 5_000;

  private final Api api;
  private final NodeFormat format;
  private final String path;
  private final Consumer<String> report;
  private final Runnable changed;
  private final ScheduledThreadPoolExecutor worker =
      new ScheduledThreadPoolExecutor(
          1,
          work -> {
            Thread thread = new Thread(work, "node-condition");
            thread.setDaemon(true);
            return thread;
          },
          // After the end nothing is set any more.
          new ThreadPoolExecutor.DiscardPolicy());
  private boolean ready;
  private boolean busy;
  private String present = "";
  private volatile String problem = "";

  /**
   * Sets nothing yet.
   *
   * @param report gets one line when it cannot be set, and one when it can again
   * @param changed told when {@link #problem} is another
   */
  NodeCondition(
      Api api, NodeFormat format, String path, Consumer<String> report, Runnable changed) {
    this.api = api;
    this.format = format;
    this.path = path;
    this.report = report;
    this.changed = changed;
  }

  /** Why the server does not let us set it; empty if it does, or is away. */
  String problem() {
    return problem;
  }

  private void problem(String now) {
    if (!now.equals(problem)) {
      problem = now;
      changed.run();
    }
  }

  /** The network is there. */
  synchronized void networkReady() {
    ready = true;
    begin();
  }

  /** Our node was seen. */
  synchronized void saw(KubeNode node) {
    present = node.networkUnavailable();
    begin();
  }

  private void begin() {
    if (ready && !busy && !present.equals(KubeNode.HAS_NETWORK)) {
      busy = true;
      worker.execute(() -> attempt(FIRST_RETRY_MILLIS));
    }
  }

  private void attempt(long retry) {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    String body =
        "{\"status\":{\"conditions\":[{\"type\":\"NetworkUnavailable\",\"status\":\"False\","
            + "\"reason\":\"FlannelIsUp\",\"message\":\"Flannel is running on this node\","
            + "\"lastTransitionTime\":\""
            + now
            + "\",\"lastHeartbeatTime\":\""
            + now
            + "\"}]}}";
    try {
      KubeNode node = api.patch(path, body, format::single);
      synchronized (this) {
        present = node.networkUnavailable();
        busy = false;
      }
      if (retry > FIRST_RETRY_MILLIS) {
        report.accept("the node's condition NetworkUnavailable is set now");
      }
      problem("");
    } catch (IOException | RuntimeException e) {
      String text = "the node's condition NetworkUnavailable cannot be set: " + e.getMessage();
      boolean away = e instanceof ApiException refused && refused.status() == 0;
      if (retry == FIRST_RETRY_MILLIS && !worker.isShutdown()) {
        report.accept(text);
      }
      problem(away ? "" : text);
      long most = away ? AWAY_RETRY_MILLIS : LAST_RETRY_MILLIS;
      if (!worker.isShutdown()) {
        worker.schedule(
            () -> attempt(Math.min(most, retry * 2)), Math.min(most, retry), TimeUnit.MILLISECONDS);
      }
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
