package io.flannelj.cni.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.libc.Errno;
import io.flannelj.libc.NativeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RootedFilesTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path temp;
  private FakeCaller caller;
  private CallerDirectory directory;

  @BeforeEach
  void setUp() throws IOException {
    Files.createDirectories(temp.resolve("root"));
    Files.writeString(temp.resolve("outside"), "secret");
    caller = new FakeCaller(temp.resolve("root"));
    directory = caller.files().makeDirectory("/a/b", 0750);
  }

  @AfterEach
  void tearDown() {
    directory.close();
    caller.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(caller.path(path)));
  }

  @Test
  void noPathLeadsOutOfTheRoot() throws Exception {
    Files.createSymbolicLink(caller.path("/up"), Path.of("../outside"));
    Files.createSymbolicLink(caller.path("/abs"), temp.resolve("outside"));
    for (String path : List.of("/up", "/abs", "/../outside", "../outside", "/a/../../outside")) {
      assertThat(caller.files().read(path)).as(path).isEmpty();
    }
    caller.write("/in", "mine");
    Files.createSymbolicLink(caller.path("/link"), Path.of("/in"));
    assertThat(caller.files().read("/link")).contains(bytes("mine"));
    assertThat(caller.files().read("/a/../../in")).contains(bytes("mine"));
  }

  @Test
  void aPathWithNulIsAnErrorLikeAnother() {
    assertThatThrownBy(() -> caller.files().read("/a\0b")).isInstanceOf(NativeException.class);
    assertThatThrownBy(() -> caller.files().makeDirectory("/a\0b", 0700))
        .isInstanceOf(NativeException.class);
  }

  @Test
  void directoriesAreMadeWithTheirParents() throws Exception {
    assertThat(mode("/a")).isEqualTo("rwxr-x---");
    assertThat(mode("/a/b")).isEqualTo("rwxr-x---");
    caller.files().makeDirectory("/a/b/c/", 0700).close();
    assertThat(caller.exists("/a/b/c")).isTrue();
    assertThat(caller.files().directory("/a/x")).isEmpty();
    caller.write("/file", "");
    assertThat(caller.files().directory("/file/x")).isEmpty();
    assertThatThrownBy(() -> caller.files().makeDirectory("/file/x", 0700))
        .isInstanceOf(NativeException.class)
        .hasMessageContaining("/file");
  }

  @Test
  void createNeverReplaces() throws Exception {
    assertThat(directory.create("x", bytes("one"), 0600)).isTrue();
    assertThat(directory.create("x", bytes("two"), 0600)).isFalse();
    assertThat(directory.read("x")).contains(bytes("one"));
    assertThat(mode("/a/b/x")).isEqualTo("rw-------");
  }

  @Test
  void overwriteShortensAndReplaceLeavesNoOtherFile() {
    directory.overwrite("x", bytes("longer"), 0600);
    directory.overwrite("x", bytes("no"), 0600);
    assertThat(directory.read("x")).contains(bytes("no"));
    directory.replace("x", ".x.new", bytes("new"), 0600);
    directory.replace("y", ".y.new", bytes("z".repeat(20_000)), 0600);
    assertThat(directory.names()).containsExactlyInAnyOrder("x", "y");
    assertThat(directory.read("y").orElseThrow()).hasSize(20_000);
    assertThat(directory.remove("x")).isTrue();
    assertThat(directory.remove("x")).isFalse();
    assertThat(directory.read("x")).isEmpty();
  }

  @Test
  void replaceWritesOverWhatADeadProcessLeft() {
    directory.create(".x.new", bytes("half of something long"), 0600);
    directory.replace("x", ".x.new", bytes("whole"), 0600);
    assertThat(directory.read("x")).contains(bytes("whole"));
    assertThat(directory.names()).containsExactly("x");
  }

  @Test
  void namesAreSingleComponentsAndLinksAreNotFollowed() throws Exception {
    for (String bad : List.of("", ".", "..", "a/b", "/x")) {
      assertThatThrownBy(() -> directory.read(bad)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> directory.remove(bad)).isInstanceOf(IllegalArgumentException.class);
    }
    Files.createSymbolicLink(caller.path("/a/b/l"), temp.resolve("outside"));
    assertThatThrownBy(() -> directory.read("l"))
        .isInstanceOf(NativeException.class)
        .hasMessageStartingWith("read /a/b/l: ELOOP");
  }

  @Test
  void aFailureNamesTheCallersPath() throws Exception {
    Files.createDirectories(caller.path("/a/b/sub"));
    assertThatThrownBy(() -> directory.overwrite("sub", bytes("x"), 0600))
        .isInstanceOfSatisfying(
            NativeException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EISDIR))
        .hasMessageStartingWith("write /a/b/sub: EISDIR");
  }

  @Test
  void aStampShowsWhetherSomethingHappenedSince() throws Exception {
    long stamp = 1_700_000_000_123_456_789L;
    directory.stamp(stamp);
    assertThat(directory.identity().modifiedNanos()).isEqualTo(stamp);
    directory.overwrite("x", bytes("made"), 0600);
    assertThat(directory.identity().modifiedNanos()).isNotEqualTo(stamp);
    directory.stamp(stamp);
    directory.overwrite("x", bytes("in place"), 0600);
    assertThat(directory.identity().modifiedNanos()).isEqualTo(stamp);
    Files.delete(caller.path("/a/b/x"));
    assertThat(directory.identity().modifiedNanos()).isNotEqualTo(stamp);
  }

  @Test
  void aLockExcludesOtherProcessesThatUseFlock() throws Exception {
    try (FileLock held = directory.lock("lock", 0600, Duration.ZERO).orElseThrow()) {
      assertThat(held).isNotNull();
      assertThat(flockStatus()).isEqualTo(1);
      assertThat(directory.lock("lock", 0600, Duration.ofMillis(5))).isEmpty();
    }
    assertThat(flockStatus()).isZero();
    Process other =
        new ProcessBuilder(
                "flock", caller.path("/a/b/lock").toString(), "sh", "-c", "echo held; read line")
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("held");
      assertThat(directory.lock("lock", 0600, Duration.ofMillis(5))).isEmpty();
      other.outputWriter().close();
      Optional<FileLock> lock = directory.lock("lock", 0600, LONG);
      assertThat(lock).isPresent();
      lock.get().close();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  private int flockStatus() throws Exception {
    return new ProcessBuilder("flock", "-n", caller.path("/a/b/lock").toString(), "true")
        .start()
        .waitFor();
  }

  @Test
  void aRemovedLockFileLetsExactlyOneIn() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        all.add(
            pool.submit(
                () -> {
                  // Another queue each: as if they were processes, with flock alone between them.
                  try (FakeCaller mine = new FakeCaller(temp.resolve("root"), new LockQueue());
                      CallerDirectory here = mine.files().directory("/a/b").orElseThrow()) {
                    for (int i = 0; i < 50; i++) {
                      FileLock lock = here.lockUntilRemoved("l", 0600, LONG).orElseThrow();
                      assertThat(inside.incrementAndGet()).isEqualTo(1);
                      inside.decrementAndGet();
                      lock.close();
                    }
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(directory.names()).isEmpty();
  }

  @Test
  void noDescriptorStaysOpen() throws Exception {
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      directory.create("x", bytes("1"), 0600);
      directory.replace("x", ".x.new", bytes("1"), 0600);
      directory.read("x");
      directory.read("none");
      directory.lock("lock", 0600, Duration.ZERO).orElseThrow().close();
      directory.lockUntilRemoved("tmp", 0600, Duration.ZERO).orElseThrow().close();
      try (FileLock held = directory.lock("lock", 0600, Duration.ZERO).orElseThrow()) {
        assertThat(held).isNotNull();
        assertThat(directory.lock("lock", 0600, Duration.ZERO)).isEmpty();
      }
      caller.files().makeDirectory("/a/b/" + i, 0700).close();
      caller.files().read("/nowhere");
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before + 3);
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
