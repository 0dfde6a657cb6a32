package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.UnixListener;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accepting where the node has run out of something. */
@RequiresRoot
class ReceptionTest {
  private static final Duration CEILING = Duration.ofSeconds(60);
  private static final Request REQUEST =
      new Request(
          "b",
          "flannel",
          Map.of("CNI_COMMAND", "CHECK"),
          new byte[0],
          NetnsFacts.absent(),
          Optional.empty());

  @TempDir Path directory;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

  /** Starts no thread the first {@code failures} times, as at pids.max. */
  private static ExecutorService threads(int failures) {
    AtomicInteger left = new AtomicInteger(failures);
    return Executors.newCachedThreadPool(
        task ->
            new Thread(task) {
              @Override
              public synchronized void start() {
                if (left.getAndDecrement() > 0) {
                  throw new OutOfMemoryError("unable to create native thread");
                }
                super.start();
              }
            });
  }

  @Test
  void servesAgainWhenThereAreThreadsAgain() throws Exception {
    Path socket = directory.resolve("s");
    ServerSettings settings = ServerSettings.of(socket, "b", log::add);
    OpenCalls calls = new OpenCalls(settings.connections(), System::nanoTime);
    Desk desk = new Desk(settings, call -> Answer.of(0, new byte[0]), calls);
    ExecutorService threads = threads(3);
    UnixListener listener = UnixListener.bind(socket, 10);
    try (FileDescriptor root = Files.open("/", Files.O_RDONLY, 0);
        Reception reception = new Reception(listener, desk, calls, settings.hello(), threads)) {
      reception.open();
      for (int i = 0; i < 3; i++) {
        try (InProcessCaller caller = InProcessCaller.connect(socket, CEILING)) {
          caller.hello();
          assertThat(caller.nextFrame()).as("the end of the connection").isEmpty();
        }
      }
      try (InProcessCaller caller = InProcessCaller.connect(socket, CEILING)) {
        assertThat(caller.call(REQUEST, root, root, root).status()).isZero();
      }
      Await.until("no call is open", () -> calls.count() == 0);
      assertThat(log)
          .singleElement()
          .asString()
          .startsWith("cannot serve a call: unable to create native thread; raise pids.max");
    } finally {
      threads.shutdownNow();
    }
  }
}
