package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that say what no launcher would: the server ends them and keeps nothing of theirs. */
@RequiresRoot
class MisbehavingCallerTest {
  private static final Request REQUEST = request("c1");

  @TempDir Path directory;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private final RecordingHandler handler = new RecordingHandler();
  private final FileDescriptor root =
      io.flannelj.libc.Files.open("/", io.flannelj.libc.Files.O_RDONLY, 0);
  private CniServer server;
  private Map<String, Integer> before = Map.of();

  private static Request request(String container) {
    return new Request(
        "b",
        "flannel",
        Map.of("CNI_COMMAND", "ADD", "CNI_CONTAINERID", container),
        "{}".getBytes(StandardCharsets.UTF_8),
        NetnsFacts.absent(),
        Optional.empty());
  }

  @BeforeEach
  void start() throws Exception {
    serve(settings());
  }

  private ServerSettings settings() {
    return ServerSettings.of(directory.resolve("s"), "b", log::add);
  }

  private void serve(ServerSettings settings) throws Exception {
    server = CniServer.start(settings, handler);
    try (InProcessCaller first = call()) {
      assertThat(first.call(request("first"), root, root, root).status()).isZero();
    }
    awaitNone();
    before = OpenDescriptors.count();
  }

  @AfterEach
  void stop() {
    server.close();
    root.close();
  }

  private InProcessCaller call() throws IOException {
    return InProcessCaller.connect(directory.resolve("s"), Duration.ofSeconds(60));
  }

  private void awaitNone() throws Exception {
    Await.until("all connections end", () -> server.openCalls() == 0);
  }

  private void nothingStays() throws Exception {
    awaitNone();
    Await.until(
        "the callers' own sockets are closed", () -> OpenDescriptors.count().equals(before));
    assertThat(OpenDescriptors.count()).isEqualTo(before);
  }

  private InProcessCaller callWithDescriptors(int count) throws IOException {
    InProcessCaller caller = call();
    assertThat(caller.hello()).isEqualTo("flannel-j-cni 1 b\n");
    for (int i = 0; i < count; i++) {
      caller.send(new byte[] {(byte) "RNSxyz".charAt(i)}, root);
    }
    return caller;
  }

  @Test
  void endOfTheConnectionAfterAnyDescriptorOrByte() throws Exception {
    byte[] request = REQUEST.encode();
    for (int descriptors = 0; descriptors < 3; descriptors++) {
      callWithDescriptors(descriptors).close();
    }
    for (int length = 0; length <= request.length; length++) {
      try (InProcessCaller caller = callWithDescriptors(3)) {
        caller.send(Arrays.copyOf(request, length));
      }
    }
    nothingStays();
    // The complete one never began, if the end was seen before the last descriptor, or it was taken
    // back.
    assertThat(handler.attached()).containsExactly("first");
  }

  @Test
  void malformedFramesEndTheConnectionWithoutAnAnswer() throws Exception {
    byte[] good = REQUEST.encode();
    List<byte[]> frames =
        List.of(
            new byte[4],
            ByteBuffer.allocate(4).putInt(Frame.LIMIT + 1).array(),
            ByteBuffer.allocate(4).putInt(-1).array(),
            new FrameWriter(FrameKind.DELIVERED).finish(),
            new FrameWriter(FrameKind.REPORT).finish(),
            new FrameWriter(FrameKind.REQUEST).number(SectionType.PROTOCOL, 1).finish(),
            new FrameWriter(FrameKind.REQUEST).number(SectionType.PROTOCOL, 2).finish(),
            // KIND is not the first section; KIND is unknown; a section runs over the end.
            with(good, 5, 2),
            with(good, 13, 99),
            with(good, 19, 0xff));
    for (byte[] frame : frames) {
      try (InProcessCaller caller = callWithDescriptors(3)) {
        caller.send(frame);
        assertThat(caller.nextFrame()).as(Arrays.toString(frame)).isEmpty();
      }
    }
    nothingStays();
    assertThat(log).hasSameSizeAs(frames);
    assertThat(log).allMatch(line -> line.startsWith("closed a connection that does not follow"));
  }

  private static byte[] with(byte[] frame, int at, int octet) {
    byte[] changed = frame.clone();
    changed[at] = (byte) octet;
    return changed;
  }

  @Test
  void bytesThatWereChangedAtRandom() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 1000; round++) {
      byte[] frame = REQUEST.encode();
      for (int change = random.nextInt(4); change >= 0; change--) {
        // Not the length field: the server would rightly wait for the rest.
        frame[4 + random.nextInt(frame.length - 4)] = (byte) random.nextInt();
      }
      try (InProcessCaller caller = callWithDescriptors(3)) {
        caller.send(frame);
        // An answer or the end of the connection; a wait that does not end fails the test.
        assertThat(caller.nextFrame().map(Frame::kind))
            .as("seed %d", seed)
            .isIn(Optional.empty(), Optional.of(FrameKind.ANSWER));
      }
    }
    nothingStays();
    assertThat(log).noneMatch(line -> line.contains("Exception"));
  }

  @Test
  void unknownSectionsAreSkippedAndTheLastOfARepeatedOneHolds() throws Exception {
    FrameWriter writer =
        new FrameWriter(FrameKind.REQUEST)
            .bytes(0xfffe, new byte[300])
            .number(SectionType.PROTOCOL, 1)
            .text(SectionType.BUILD, "b")
            .text(SectionType.PLUGIN, "first")
            .text(SectionType.PLUGIN, "last")
            .text(SectionType.ENV, "CNI_COMMAND=CHECK")
            .text(SectionType.ENV, "CNI_COMMAND=ADD")
            .bytes(SectionType.NETNS, Arrays.copyOf(NetnsFacts.absent().encode(), 99))
            .bytes(SectionType.STDIN, new byte[0]);
    try (InProcessCaller caller = callWithDescriptors(3)) {
      caller.send(writer.finish());
      assertThat(caller.nextFrame()).isPresent();
    }
    Request request = handler.calls().get(1).request();
    assertThat(request.plugin()).isEqualTo("last");
    assertThat(request.command()).as("as for getenv, the first counts").isEqualTo("CHECK");
    nothingStays();
  }

  @Test
  void moreDescriptorsThanAllowedAndDescriptorsBesideAFrame() throws Exception {
    try (InProcessCaller caller = callWithDescriptors(6)) {
      // Their bytes are taken for a frame, which is malformed; the kernel drops what they carry.
      caller.send(REQUEST.encode());
      assertThat(caller.nextFrame()).isEmpty();
    }
    nothingStays();
  }

  @Test
  void aSecondRequestOrAReportThatNobodyAskedFor() throws Exception {
    for (byte[] more :
        List.of(REQUEST.encode(), new FrameWriter(FrameKind.REPORT).finish(), new byte[4])) {
      try (InProcessCaller caller = callWithDescriptors(3)) {
        caller.send(REQUEST.encode());
        assertThat(caller.nextFrame()).isPresent();
        caller.send(more);
        assertThat(caller.nextFrame()).isEmpty();
      }
    }
    nothingStays();
    assertThat(handler.attached()).as("never DELIVERED: taken back").containsExactly("first");
  }

  @Test
  void aLargeFrameInManyPieces() throws Exception {
    Request large =
        new Request(
            "b",
            "flannel",
            REQUEST.environment(),
            new byte[3 << 20],
            REQUEST.netns(),
            Optional.empty());
    byte[] frame = large.encode();
    try (InProcessCaller caller = callWithDescriptors(3)) {
      for (int at = 0; at < frame.length; at += 100_000) {
        caller.send(Arrays.copyOfRange(frame, at, Math.min(frame.length, at + 100_000)));
      }
      Frame answer = caller.nextFrame().orElseThrow();
      assertThat(Answer.of(answer).stdout()).hasSize(3 << 20);
    }
    nothingStays();
  }

  @Test
  void patienceEndsWithoutARequest() throws Exception {
    server.close();
    serve(settings().withPatience(Duration.ofMillis(300)));
    try (InProcessCaller silent = callWithDescriptors(2);
        InProcessCaller half = callWithDescriptors(3)) {
      half.send(Arrays.copyOf(REQUEST.encode(), 20));
      assertThat(silent.nextFrame()).isEmpty();
      assertThat(half.nextFrame()).isEmpty();
    }
    nothingStays();
    assertThat(log).hasSize(2).allMatch(line -> line.contains("sent no request within PT0.3S"));
  }

  @Test
  void severalDescriptorsInOneMessage() throws Exception {
    for (String count : List.of("2", "4")) {
      String script =
          "import os, socket; s = connect(); print(s.recv(128)); r = os.open('/', os.O_RDONLY);"
              + "socket.send_fds(s, [b'R'], [r] * "
              + count
              + "); print(s.recv(128))";
      assertThat(python(script)).isEqualTo("b'flannel-j-cni 1 b\\n'\nb''\n");
    }
    nothingStays();
  }

  @Test
  void aCallerWhoIsNotRoot() throws Exception {
    Path socket = directory.resolve("s");
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    String script = "import os; os.seteuid(65534); s = connect(); print(s.recv(128))";
    assertThat(python(script)).as("no hello").isEqualTo("b''\n");
    assertThat(log).containsExactly("refused a connection of user 65534: only root may call");
    nothingStays();
  }

  private String python(String script) throws Exception {
    String start =
        "import socket\ndef connect():\n  s = socket.socket(socket.AF_UNIX); s.settimeout(60)\n"
            + "  s.connect('"
            + directory.resolve("s")
            + "'); return s\n";
    Process process =
        new ProcessBuilder("python3", "-c", start + script).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
