package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real launcher against the real server. */
@RequiresRoot
class CniServerTest {
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
  void answersACallWithAllThatTheLauncherSent() throws Exception {
    RecordingHandler handler =
        new RecordingHandler(
            call ->
                new Answer(
                    3,
                    "{\"out\":1}".getBytes(StandardCharsets.UTF_8),
                    "a word\n".getBytes(StandardCharsets.UTF_8)));
    try (CniServer server = serve(handler)) {
      Launcher.Outcome outcome =
          launcher
              .start("CHECK", "c1", "{\"name\":\"n\"}", Map.of("CNI_ARGS", "A=B", "OTHER", "x"))
              .await();
      assertThat(outcome).isEqualTo(new Launcher.Outcome(3, "{\"out\":1}", "a word\n"));
      Request request = handler.calls().get(0).request();
      assertThat(request.plugin()).isEqualTo("flannel");
      assertThat(request.command()).isEqualTo("CHECK");
      assertThat(request.stdin()).asString().isEqualTo("{\"name\":\"n\"}");
      assertThat(request.environment())
          .containsEntry("CNI_ARGS", "A=B")
          .containsEntry("CNI_CONTAINERID", "c1")
          .doesNotContainKey("OTHER");
      assertThat(request.netns()).matches(facts -> !facts.given() && !facts.namespaceReal());
      Await.until("the connection ends", () -> server.openCalls() == 0);
    }
  }

  @Test
  void changesThePodThroughTheSocketThatTheLauncherOpenedThere() throws Exception {
    try (TestNamespace pod = new TestNamespace();
        CniServer server =
            serve(
                call -> {
                  NetlinkSocket socket = NetlinkSocket.adopt(call.routeSocket().orElseThrow());
                  // A dump of several datagrams would end early on a non-blocking socket.
                  int links = socket.dump(Links.list()).size();
                  return Answer.of(0, ("links " + links).getBytes(StandardCharsets.UTF_8));
                })) {
      for (int i = 0; i < 40; i++) {
        pod.run("ip", "link", "add", "d" + i, "type", "bridge");
      }
      Launcher.Outcome outcome =
          launcher.start("ADD", "c1", "{}", Map.of("CNI_NETNS", pod.path())).await();
      assertThat(outcome.stdout()).isEqualTo("links 41");
      Await.until("the connection ends", () -> server.openCalls() == 0);
    }
  }

  @Test
  void saysWhyAPodsNamespaceCannotBeUsed() throws Exception {
    RecordingHandler handler = new RecordingHandler();
    try (CniServer server = serve(handler)) {
      launcher.start("ADD", "c1", "{}", Map.of("CNI_NETNS", "/etc/passwd")).await();
      ServedCall call = handler.calls().get(0);
      assertThat(call.request().netns().text())
          .isEqualTo("setns \"/etc/passwd\": Invalid argument");
      assertThat(call.request().netns().step()).isEqualTo(NetnsFacts.Step.SETNS);
      assertThat(call.namespace()).isEmpty();
      assertThat(call.routeSocket()).isEmpty();
    }
  }

  @Test
  void hasTheLauncherRunForeignPlugins() throws Exception {
    launcher.foreignPlugin("static", "#!/bin/sh\ncat; echo \"$CNI_COMMAND $EXTRA\"; exit 7\n");
    try (CniServer server =
        serve(
            call -> {
              Report first =
                  call.execute(
                      new Execution(
                          "static",
                          "in ".getBytes(StandardCharsets.UTF_8),
                          java.util.Optional.of("DEL"),
                          Map.of("EXTRA", "e")));
              Report second = call.execute(Execution.of("missing", new byte[0]));
              String text =
                  first.outcome()
                      + " "
                      + first.code()
                      + " "
                      + new String(first.stdout(), StandardCharsets.UTF_8)
                      + second.outcome()
                      + " "
                      + second.text();
              return Answer.of(0, text.getBytes(StandardCharsets.UTF_8));
            })) {
      assertThat(launcher.call("ADD", "c1").stdout())
          .isEqualTo(
              "EXITED 7 in DEL e\nNOT_FOUND failed to find plugin \"missing\" in path ["
                  + launcher.directory()
                  + "/plugins]");
    }
  }

  @Test
  void aForeignPluginMayCallInThoughNoOtherCallMayRun() throws Exception {
    launcher.foreignPlugin("nested", "#!/bin/sh\nexec " + launcher.plugin("host-local") + "\n");
    ServerSettings one = settings().withLimits(1, 100, java.time.Duration.ofSeconds(10));
    try (CniServer server =
        CniServer.start(
            one,
            call ->
                call.request().plugin().equals("host-local")
                    ? Answer.of(0, "{\"inner\":1}".getBytes(StandardCharsets.UTF_8))
                    : Answer.of(
                        0,
                        call.execute(Execution.of("nested", "{}".getBytes(StandardCharsets.UTF_8)))
                            .stdout()))) {
      assertThat(launcher.call("ADD", "c1"))
          .isEqualTo(new Launcher.Outcome(0, "{\"inner\":1}", ""));
      Await.until("all connections end", () -> server.openCalls() == 0);
    }
  }

  @Test
  void aForeignPluginThatHangsHoldsUpNobodyAndACallThatWaitsForItsLockDoesNotHoldItUp()
      throws Exception {
    Path go = launcher.directory().resolve("go");
    launcher.foreignPlugin("slow", "#!/bin/sh\nwhile [ ! -e " + go + " ]; do sleep 0.01; done\n");
    CountDownLatch attached = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              if (call.request().command().equals("ADD")) {
                call.execute(Execution.of("slow", new byte[0]));
                attached.countDown();
              } else {
                begun.countDown();
                await(attached);
              }
              return Answer.of(0, new byte[0]);
            });
    ServerSettings one = settings().withLimits(1, 100, java.time.Duration.ofSeconds(10));
    try (CniServer server = CniServer.start(one, handler)) {
      Launcher.Running add = launcher.start("ADD", "c1", "{}", Map.of());
      Await.until("it begins", () -> handler.calls().size() == 1);
      Launcher.Running del = launcher.start("DEL", "c1", "{}", Map.of());
      await(begun);
      Files.createFile(go);
      assertThat(add.await().status()).isZero();
      assertThat(del.await().status()).isZero();
      Await.until("all connections end", () -> server.openCalls() == 0);
      // The turns are as many as before.
      assertThat(launcher.call("ADD", "c2").status()).isZero();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void answersADefectWithCode999() throws Exception {
    try (CniServer server =
        serve(
            call -> {
              throw new IllegalStateException("a \"defect\"");
            })) {
      Launcher.Outcome outcome = launcher.call("ADD", "c1");
      assertThat(outcome.status()).isEqualTo(1);
      assertThat(outcome.stdout())
          .isEqualTo(
              "{\"code\":999,\"msg\":\"ADD of flannel for container c1 eth0 failed\","
                  + "\"details\":\"a \\\"defect\\\"\"}");
      assertThat(log).anyMatch(line -> line.contains("IllegalStateException"));
    }
  }

  @Test
  void servesAHundredAtOnce() throws Exception {
    CountDownLatch all = new CountDownLatch(32);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              // Every worker is busy before any goes on: calls do run side by side.
              all.countDown();
              try {
                all.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.of(0, call.request().stdin());
            });
    try (CniServer server = serve(handler)) {
      List<Launcher.Running> running = launcher.startAll(100, "ADD");
      for (Launcher.Running one : running) {
        assertThat(one.await()).isEqualTo(new Launcher.Outcome(0, "{}", ""));
      }
      assertThat(handler.attached()).hasSize(100);
      Await.until("all connections end", () -> server.openCalls() == 0);
    }
  }

  @Test
  void waitsWithAcceptingWhileTooManyAreOpen() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler(
            call -> {
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.of(0, new byte[0]);
            });
    ServerSettings few = settings().withLimits(8, 4, java.time.Duration.ofSeconds(10));
    try (CniServer server = CniServer.start(few, handler)) {
      List<Launcher.Running> running = launcher.startAll(30, "ADD");
      Await.until("the limit is reached", () -> handler.calls().size() >= 4);
      assertThat(server.openCalls()).isLessThan(30);
      go.countDown();
      for (Launcher.Running one : running) {
        assertThat(one.await().status()).isZero();
      }
    }
  }

  @Test
  void finishesOpenCallsWhenItIsClosed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CniServer server =
        serve(
            call -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return Answer.of(0, call.request().stdin());
            });
    try (server) {
      Launcher.Running running = launcher.start("ADD", "c1", "{}", Map.of());
      begun.await();
      server.stopAccepting();
      assertThat(launcher.socket()).doesNotExist();
      go.countDown();
      assertThat(running.await()).isEqualTo(new Launcher.Outcome(0, "{}", ""));
    }
  }

  @Test
  void replacesALeftOverAndRefusesALivingServer() throws Exception {
    Path socket = launcher.socket();
    Files.writeString(socket, "left over");
    try (CniServer server = serve(new RecordingHandler())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(socket.resolveSibling("cni.sock.new")).doesNotExist();
      assertThatThrownBy(() -> serve(new RecordingHandler()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another process serves there");
      assertThat(launcher.call("ADD", "c1").status()).isZero();
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void warmsUpThroughItsOwnSocket() throws Exception {
    RecordingHandler handler = new RecordingHandler();
    try (CniServer server = serve(handler)) {
      Request request =
          new Request(
              "b",
              "flannel",
              Map.of("CNI_COMMAND", "DEL"),
              "{}".getBytes(StandardCharsets.UTF_8),
              NetnsFacts.absent(),
              java.util.Optional.empty());
      assertThat(server.warmUp(request).status()).isZero();
      NetnsFacts netns = handler.calls().get(0).request().netns();
      assertThat(netns.namespaceReal() && netns.socketReal() && !netns.isCallersOwn()).isTrue();
      Await.until("the warm-up ends", () -> server.openCalls() == 0);
    }
  }
}
