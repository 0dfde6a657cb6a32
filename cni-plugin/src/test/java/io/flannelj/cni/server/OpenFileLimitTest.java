package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.cni.CniError;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.libc.NoDescriptorLeftException;
import io.flannelj.testkit.RequiresRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that come when the process may open no more files. */
@RequiresRoot
@Timeout(60)
class OpenFileLimitTest {
  private static final int LEFT = 2;

  @TempDir Path directory;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private final RecordingHandler handler = new RecordingHandler();

  /** prlimit(1) as another process: this one could not start it any more. */
  private static final class Limit implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final Writer input;

    Limit() throws IOException {
      String prlimit = "prlimit --pid " + ProcessHandle.current().pid() + " --nofile";
      process =
          new ProcessBuilder(
                  "sh",
                  "-ec",
                  "old=$("
                      + prlimit
                      + " --noheadings --output SOFT); echo ready; read new; "
                      + prlimit
                      + "=$new: ; echo set; read end; "
                      + prlimit
                      + "=$old: ; echo reset")
              .redirectErrorStream(true)
              .start();
      output = process.inputReader(StandardCharsets.UTF_8);
      input = process.outputWriter(StandardCharsets.UTF_8);
      String ready = output.readLine();
      assumeTrue("ready".equals(ready), "SKIPPED: prlimit of util-linux says " + ready);
    }

    private void say(String line, String wanted) throws IOException {
      input.write(line + "\n");
      input.flush();
      assertThat(output.readLine()).isEqualTo(wanted);
    }

    /** So many may still be opened. */
    void leave(int free) throws IOException {
      int limit = 0;
      for (int left = free; left > 0; limit++) {
        if (!java.nio.file.Files.exists(Path.of("/proc/self/fd/" + limit))) {
          left--;
        }
      }
      say(String.valueOf(limit), "set");
    }

    @Override
    public void close() throws IOException {
      say("", "reset");
    }
  }

  private static Request request(String verb) {
    return new Request(
        "b",
        "flannel",
        Map.of("CNI_COMMAND", verb, "CNI_CONTAINERID", "c1", "CNI_IFNAME", "eth0"),
        new byte[0],
        NetnsFacts.absent(),
        Optional.empty());
  }

  private Answer call(FileDescriptor root) throws Exception {
    try (InProcessCaller caller =
        InProcessCaller.connect(directory.resolve("s"), Duration.ofSeconds(60))) {
      return caller.call(request("ADD"), root, root, root);
    }
  }

  /** What a caller gets; nothing is the end of the connection. */
  private Optional<Answer> callWithoutDescriptors(String verb, FileDescriptor root)
      throws Exception {
    try (InProcessCaller caller =
            InProcessCaller.connect(directory.resolve("s"), Duration.ofSeconds(60));
        Limit limit = new Limit()) {
      byte[] request = request(verb).encode();
      assertThat(caller.hello()).isEqualTo("flannel-j-cni 1 b\n");
      // Unpacked classes are loaded from a file each, which a packed server does without.
      Class.forName(NoDescriptorLeftException.class.getName());
      limit.leave(LEFT);
      caller.send(new byte[] {'R'}, root);
      caller.send(new byte[] {'N'}, root);
      caller.send(new byte[] {'S'}, root);
      caller.send(request);
      Optional<Frame> frame = caller.nextFrame();
      return frame.isPresent() ? Optional.of(Answer.of(frame.get())) : Optional.empty();
    }
  }

  @Test
  void callersAreToldAndMayComeAgain() throws Exception {
    ServerSettings settings = ServerSettings.of(directory.resolve("s"), "b", log::add);
    try (FileDescriptor root = Files.open("/", Files.O_RDONLY, 0);
        CniServer server = CniServer.start(settings, handler)) {
      assertThat(call(root).status()).isZero();
      Answer add = callWithoutDescriptors("ADD", root).orElseThrow();
      CniError error = CniError.parse(new String(add.stdout(), StandardCharsets.UTF_8)).get();
      assertThat(error.code()).isEqualTo(CniError.TRY_AGAIN);
      assertThat(error.text())
          .isEqualTo(
              "flannel-j has no file descriptor left for ADD of flannel for container c1 eth0");
      assertThat(error.details()).contains("LimitNOFILE").contains("ulimit -n");
      assertThat(callWithoutDescriptors("DEL", root))
          .as("the launcher has it done elsewhere")
          .isEmpty();
      assertThat(handler.calls()).hasSize(1);
      assertThat(log).singleElement().asString().contains("no file descriptor left");

      assertThat(call(root).status()).isZero();
      Await.until("all connections end", () -> server.openCalls() == 0);
    }
  }
}
