package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Launchers that are killed: no ADD stays that nobody knows of, and nobody waits for them. */
@RequiresRoot
class LostCallerTest {
  private static Launcher launcher;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void build() throws Exception {
    launcher = new Launcher();
  }

  @AfterAll
  static void remove() throws IOException {
    launcher.close();
  }

  private CniServer serve(CallHandler handler) throws IOException {
    return CniServer.start(settings(), handler);
  }

  private ServerSettings settings() {
    return ServerSettings.of(launcher.socket(), "1.2.3+test", log::add);
  }

  @Test
  void takesBackAnAddWhoseCallerIsKilledWhileItRuns() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              begun.countDown();
              while (!call.callerGone()) {
                Thread.onSpinWait();
              }
              return Answer.of(0, new byte[0]);
            });
    try (CniServer server = serve(handler)) {
      Launcher.Running running = launcher.start("ADD", "c1", "{\"a\":1}", Map.of());
      begun.await();
      running.kill();
      Await.until("the call ends", () -> server.openCalls() == 0);
      assertThat(handler.attached()).isEmpty();
      assertThat(handler.calls()).hasSize(2);
      ServedCall rollback = handler.calls().get(1);
      assertThat(rollback.isRollback()).isTrue();
      assertThat(rollback.request().command()).isEqualTo("DEL");
      assertThat(rollback.request().stdin()).asString().isEqualTo("{\"a\":1}");
      assertThatThrownBy(() -> rollback.execute(Execution.of("x", new byte[0])))
          .isInstanceOf(CallerGoneException.class);
      assertThat(log).anyMatch(line -> line.contains("DEL of flannel for container c1 eth0"));
    }
  }

  @Test
  void holdsAnAddsLockUntilItIsDeliveredOrTakenBack() throws Exception {
    AtomicInteger held = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              if (call.isRollback()) {
                // No DEL or ADD of the runtime may come in between.
                return Answer.of(call.hasLock() && held.get() == 1 ? 0 : 1, new byte[0]);
              }
              held.incrementAndGet();
              call.keep(held::decrementAndGet);
              begun.countDown();
              while ("killed".equals(call.request().environment().get("CNI_CONTAINERID"))
                  && !call.callerGone()) {
                Thread.onSpinWait();
              }
              return Answer.of(0, new byte[0]);
            });
    try (CniServer server = serve(handler)) {
      Launcher.Running running = launcher.start("ADD", "killed", "{}", Map.of());
      begun.await();
      running.kill();
      Await.until("it is taken back", () -> server.openCalls() == 0);
      assertThat(handler.calls()).hasSize(2);
      assertThat(held).hasValue(0);
      assertThat(log).noneMatch(line -> line.contains("failed"));
      assertThat(launcher.call("ADD", "delivered").status()).isZero();
      Await.until("the connection ends", () -> server.openCalls() == 0);
      assertThat(held).hasValue(0);
    }
  }

  @Test
  void takesBackAnAddWhoseAnswerNobodyReads() throws Exception {
    // More than the pipe of the launcher's standard output holds: it is killed while it writes.
    RecordingHandler handler = new RecordingHandler(call -> Answer.of(0, new byte[1 << 20]));
    try (CniServer server = serve(handler)) {
      Launcher.Running running = launcher.start("ADD", "c1", "{}", Map.of());
      assertThat(running.process().getInputStream().read()).isZero();
      assertThat(handler.attached()).containsExactly("c1");
      running.kill();
      Await.until("the ADD is taken back", () -> server.openCalls() == 0);
      assertThat(handler.attached()).isEmpty();
    }
  }

  @Test
  void takesBackAnAddThatIsCutOffAtTheEndBeforeItsThreadIsInterrupted() throws Exception {
    AtomicInteger interrupted = new AtomicInteger();
    AtomicInteger takenBack = new AtomicInteger();
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              if (call.isRollback()) {
                try {
                  // As it would wait for host-local's lock.
                  Thread.sleep(200);
                  takenBack.incrementAndGet();
                } catch (InterruptedException e) {
                  interrupted.incrementAndGet();
                }
              }
              return Answer.of(0, new byte[1 << 20]);
            });
    ServerSettings atOnce = settings().withLimits(8, 100, java.time.Duration.ZERO);
    try (CniServer server = CniServer.start(atOnce, handler)) {
      Launcher.Running running = launcher.start("ADD", "c1", "{}", Map.of());
      // It is answered, but nobody reads all of it.
      assertThat(running.process().getInputStream().read()).isZero();
      server.close();
      assertThat(interrupted).hasValue(0);
      assertThat(takenBack).hasValue(1);
      running.kill();
    }
  }

  @Test
  void takesBackAnAddThoughTheOnlyCallThatMayRunWaitsForIt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch takenBack = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              if (call.isRollback()) {
                takenBack.countDown();
              } else if (call.request().command().equals("DEL")) {
                begun.countDown();
                return Answer.of(isReached(takenBack) ? 0 : 1, new byte[0]);
              }
              return Answer.of(0, new byte[1 << 20]);
            });
    ServerSettings one = settings().withLimits(1, 100, java.time.Duration.ofSeconds(10));
    try (CniServer server = CniServer.start(one, handler)) {
      Launcher.Running add = launcher.start("ADD", "c1", "{}", Map.of());
      // It is answered, but nobody reads all of it.
      assertThat(add.process().getInputStream().read()).isZero();
      Launcher.Running del = launcher.start("DEL", "c1", "{}", Map.of());
      begun.await();
      add.kill();
      assertThat(del.await().status()).isZero();
      Await.until("both end", () -> server.openCalls() == 0);
    }
  }

  private static boolean isReached(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void doesNotBeginAnAddWhoseCallerWentWhileItWaited() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.of(0, new byte[0]);
            });
    ServerSettings one = settings().withLimits(1, 100, java.time.Duration.ofSeconds(10));
    try (CniServer server = CniServer.start(one, handler)) {
      Launcher.Running first = launcher.start("ADD", "first", "{}", Map.of());
      begun.await();
      Launcher.Running second = launcher.start("ADD", "second", "{}", Map.of());
      Await.until("it waits for its turn", () -> server.waitingCalls() == 1);
      second.kill();
      go.countDown();
      assertThat(first.await().status()).isZero();
      Await.until("both end", () -> server.openCalls() == 0);
      assertThat(handler.attached()).containsExactly("first");
      assertThat(handler.calls()).allMatch(call -> call.toString().contains("first"));
    }
  }

  @Test
  void keepsWhatAFailedAddFoundThere() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              begun.countDown();
              while (!call.callerGone()) {
                Thread.onSpinWait();
              }
              return Answer.of(1, new byte[0]);
            });
    try (CniServer server = serve(handler)) {
      Launcher.Running running = launcher.start("ADD", "c1", "{}", Map.of());
      begun.await();
      running.kill();
      Await.until("the call ends", () -> server.openCalls() == 0);
      assertThat(handler.calls()).as("a failed ADD left nothing: no DEL").hasSize(1);
    }
  }

  @Test
  void wakesAHandlerWhoseForeignPluginDiesWithTheCaller() throws Exception {
    launcher.foreignPlugin("slow", "#!/bin/sh\nexec sleep 1000\n");
    ConcurrentLinkedQueue<String> ends = new ConcurrentLinkedQueue<>();
    CountDownLatch begun = new CountDownLatch(1);
    try (CniServer server =
        serve(
            call -> {
              begun.countDown();
              try {
                call.execute(Execution.of("slow", new byte[0]));
              } catch (CallerGoneException e) {
                ends.add(e.getMessage());
                throw e;
              }
              return Answer.of(0, new byte[0]);
            })) {
      Launcher.Running running = launcher.start("ADD", "c1", "{}", Map.of());
      begun.await();
      running.kill();
      Await.until("the call ends", () -> server.openCalls() == 0);
      assertThat(ends).containsExactly("execute plugin slow: the caller is gone");
    }
  }
}
