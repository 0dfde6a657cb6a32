package io.flannelj.daemon;

import io.flannelj.cni.pod.PodRehearsal;
import io.flannelj.cni.server.CniServer;
import io.flannelj.cni.server.CniService;
import io.flannelj.cni.server.Rehearsal;
import io.flannelj.libc.NativeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the CNI path fast before a runtime calls. A JVM loads classes at their first use and
 * compiles a method after some sixty calls: the first ADD would take fifty times as long as the
 * hundredth, and the tenth twice as long. One round is played before the node is said to be ready,
 * the others afterwards, only while nobody calls.
 */
final class CallPractice implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallPractice.class);
  private static final int ROUNDS = 60;
  private static final int MOST_WAITS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Path directory;
  private final CniServer server;
  private Optional<Thread> rest = Optional.empty();
  private volatile boolean ended;

  private boolean mayMakePods = true;

  /**
   * Plays nothing yet.
   *
   * @param directory on tmpfs; a directory in it is made and removed again
   */
  CallPractice(Path directory, CniServer server) {
    this.directory = directory;
    this.server = server;
  }

  /** The first round here, the others on a thread of their own. */
  void begin() {
    if (play(1)) {
      Thread thread = new Thread(() -> play(ROUNDS), "call-practice");
      thread.setDaemon(true);
      thread.start();
      rest = Optional.of(thread);
    }
  }

  /** Ends it before the server ends, which takes no more calls then. */
  @Override
  public void close() {
    ended = true;
    try {
      if (rest.isPresent()) {
        rest.get().join(PATIENCE.multipliedBy(MOST_WAITS).toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean play(int rounds) {
    try {
      Rehearsal.play(directory, rounds, this::nobodyCalls);
      for (int round = 0; round < rounds && nobodyCalls(); round++) {
        server.warmUp(CniService.warmUpRequest());
      }
      playPods(rounds);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.warn("the CNI path could not be warmed up: {}", e.getMessage());
      return false;
    }
  }

  /** Pods of its own take CAP_SYS_ADMIN, which a DaemonSet does not have. */
  private void playPods(int rounds) throws IOException {
    try {
      if (mayMakePods) {
        PodRehearsal.play(rounds, this::nobodyCalls);
      }
    } catch (NativeException e) {
      mayMakePods = false;
      LOG.info(
          "no practice with pods of our own, so the first ones take longer: {}", e.getMessage());
    }
  }

  /** A runtime's calls do the same better; practice waits for them and gives up in a crowd. */
  private boolean nobodyCalls() {
    return !ended && server.awaitCalls(PATIENCE) && !ended;
  }
}
