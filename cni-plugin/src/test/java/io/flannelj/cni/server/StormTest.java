package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.testkit.RequiresRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/**
 * 10,000 calls, half of them killed at a random moment: no descriptor may stay, and what is
 * attached afterwards must be what runtimes know of.
 */
@RequiresRoot
class StormTest {
  private static final int CALLS = 10_000;
  private static final String RESULT = "{\"attached\":true}";

  private record Line(String container, int status, int bytes) {}

  @Test
  void leavesNoDescriptorAndNoAttachmentThatNobodyKnowsOf() throws Exception {
    ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
    RecordingHandler handler =
        new RecordingHandler(call -> Answer.of(0, RESULT.getBytes(StandardCharsets.UTF_8)));
    long seed = System.nanoTime() & 0xffff;
    try (Launcher launcher = new Launcher();
        CniServer server =
            CniServer.start(ServerSettings.of(launcher.socket(), "b", log::add), handler)) {
      assertThat(launcher.call("ADD", "first").status()).isZero();
      Await.until("the first call ends", () -> server.openCalls() == 0);
      Map<String, Integer> before = OpenDescriptors.count();
      List<Line> lines = storm(launcher, seed);
      Await.until("all connections end", () -> server.openCalls() == 0);
      assertThat(OpenDescriptors.count()).as("seed %d", seed).isEqualTo(before);
      assertThat(lines).hasSize(CALLS);
      int killed = 0;
      for (Line line : lines) {
        killed += line.status() < 0 ? 1 : 0;
        boolean there = handler.attached().contains(line.container());
        if (line.status() == 0) {
          assertThat(there).as("seed %d: %s was attached", seed, line).isTrue();
        } else {
          // Killed after it had written all: the runtime may know the result.
          assertThat(there && line.bytes() != RESULT.length())
              .as("seed %d: %s is attached, and nobody knows", seed, line)
              .isFalse();
        }
      }
      long rolledBack = handler.calls().stream().filter(ServedCall::isRollback).count();
      System.out.println(killed + " killed, " + rolledBack + " rolled back, seed " + seed);
      assertThat(killed).isGreaterThan(CALLS / 50);
      assertThat(rolledBack).as("the kills did hit running calls").isPositive();
      assertThat(log).allMatch(line -> line.contains("begins: the caller went before"));
    }
  }

  private static List<Line> storm(Launcher launcher, long seed) throws Exception {
    Path driver = launcher.directory().resolve("storm");
    Path config = launcher.directory().resolve("config");
    Files.writeString(config, "{}");
    Launcher.command(
        "cc", "-O1", "-o", driver.toString(), Path.of("src/test/c/storm.c").toString());
    Process process =
        new ProcessBuilder(
                driver.toString(),
                launcher.plugin("flannel").toString(),
                Integer.toString(CALLS),
                "24",
                Long.toString(seed))
            .redirectInput(config.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Line> lines = new ArrayList<>();
    for (String text :
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .split("\n", -1)) {
      String[] words = text.split(" ");
      if (words.length == 3) {
        lines.add(new Line("c" + words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2])));
      }
    }
    assertThat(process.waitFor()).isZero();
    process.getInputStream().close();
    return lines;
  }
}
