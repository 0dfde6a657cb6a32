package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Launchers without a daemon: the lock, the start, the hand-over and the end of the process. */
@RequiresRoot
class StandaloneTest {
  private static final String IDLE_MILLIS = "4000";

  private final Set<Long> started = new HashSet<>();
  private static Launcher launcher;

  @BeforeAll
  static void install() throws Exception {
    launcher = new Launcher();
    String java = Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path", ""));
    Launcher.executable(
        launcher.binDirectory().resolve(".flannel-j/bin/cni-standalone"),
        "#!/bin/sh\nexec "
            + java
            + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Djnr.ffi.asm.enabled=false -cp '"
            + classPath
            + "' "
            + StandaloneStandIn.class.getName()
            + " --run-dir="
            + launcher.run()
            + " --idle-ms="
            + IDLE_MILLIS
            + " \"$@\"\n");
  }

  @AfterAll
  static void remove() throws IOException {
    launcher.close();
  }

  @AfterEach
  void end() throws IOException {
    for (long pid : started) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    for (String name : List.of("lock", "log", "sock")) {
      Files.deleteIfExists(launcher.run().resolve("cni-standalone." + name));
    }
  }

  private long pidOf(Launcher.Outcome outcome) {
    assertThat(outcome.status()).as("%s; log: %s", outcome, log()).isZero();
    long pid = Long.parseLong(outcome.stdout());
    started.add(pid);
    return pid;
  }

  private String log() {
    try {
      return Files.readString(launcher.run().resolve("cni-standalone.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path socket() {
    return launcher.run().resolve("cni-standalone.sock");
  }

  private FileDescriptor openLock() {
    return io.flannelj.libc.Files.open(
        launcher.run() + "/cni-standalone.lock",
        io.flannelj.libc.Files.O_RDWR | io.flannelj.libc.Files.O_CREAT,
        0600);
  }

  private boolean lockIsFree() {
    try (FileDescriptor lock = openLock()) {
      return io.flannelj.libc.Files.flock(
          lock, io.flannelj.libc.Files.LOCK_EX | io.flannelj.libc.Files.LOCK_NB);
    }
  }

  @Test
  void oneProcessServesAllWhoComeAndLeavesWhenIdle() throws Exception {
    Set<Long> pids = new HashSet<>();
    for (Launcher.Running running : launcher.startAll(20, "ADD")) {
      pids.add(pidOf(running.await()));
    }
    assertThat(pids).as(log()).hasSize(1);
    // Their standard outputs have ended while it lives: no caller is held.
    ProcessHandle first = ProcessHandle.of(pids.iterator().next()).orElseThrow();
    assertThat(first.isAlive()).isTrue();

    // It is killed: the socket file stays, the lock does not.
    first.destroyForcibly();
    Await.until("the lock is free", this::lockIsFree);
    assertThat(socket()).exists();
    long second = pidOf(launcher.call("DEL", "c1"));
    assertThat(second).isNotEqualTo(first.pid());
    assertThat(log()).contains("DEL of flannel for container c1 eth0 came here because");

    Await.until("it leaves", () -> log().contains("leaves: no call for PT4S"));
    Await.until("the lock is free", this::lockIsFree);
    assertThat(socket()).doesNotExist();
    assertThat(socket().resolveSibling("cni-standalone.sock.new")).doesNotExist();
  }

  @Test
  void isNotNeededForStatus() throws Exception {
    Launcher.Outcome outcome = launcher.start("STATUS", "c1", "{}", Map.of()).await();
    assertThat(outcome.stdout()).contains("50");
    assertThat(launcher.run()).isEmptyDirectory();
  }

  @Test
  void leavesAtOnceIfAnotherHoldsTheLock() throws Exception {
    CallHandler handler = new RecordingHandler();
    String directory = "--run-dir=" + launcher.run();
    try (FileDescriptor lock = openLock()) {
      assertThat(io.flannelj.libc.Files.flock(lock, io.flannelj.libc.Files.LOCK_EX)).isTrue();
      assertThat(StandaloneMain.run(handler, directory)).isZero();
      int notLocked = openLock().release();
      assertThat(StandaloneMain.run(handler, directory, "--lock-fd=" + notLocked))
          .as("given a descriptor that holds no lock")
          .isEqualTo(1);
    }
    assertThat(StandaloneMain.run(handler, "--what")).isEqualTo(2);
    assertThat(socket()).doesNotExist();
  }

  @Test
  void understandsItsOptions() {
    assertThat(StandaloneOptions.parse("--lock-fd=3"))
        .isEqualTo(
            new StandaloneOptions(
                OptionalInt.of(3), Path.of("/run/flannel"), Duration.ofSeconds(20)));
    assertThatThrownBy(() -> StandaloneOptions.parse("--lock-fd=x"))
        .hasMessage("--lock-fd=x is no number");
  }
}
