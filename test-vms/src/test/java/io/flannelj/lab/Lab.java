package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs {@code test-vms/lab} on the tree that this build has made. */
final class Lab {
  static final Path PROJECT =
      Path.of(System.getProperty("maven.multiModuleProjectDirectory", ".."))
          .toAbsolutePath()
          .normalize();
  private static final Path TREE = PROJECT.resolve("packaging/target/flanneld-j");

  /** How many times slower than a real machine this one may be; an emulated one says so. */
  static final int SLOWNESS =
      Integer.parseInt(Optional.ofNullable(System.getenv("LAB_SLOWNESS")).orElse("1"));

  private static final Duration PATIENCE = Duration.ofSeconds(150);

  private final String name;
  private final Path scratch;
  private final Duration patience;

  Lab(String name, Path scratch) {
    this(name, scratch, PATIENCE);
  }

  private Lab(String name, Path scratch, Duration patience) {
    this.name = name;
    this.scratch = scratch;
    this.patience = patience.multipliedBy(SLOWNESS);
  }

  /** The same with another limit for each command. */
  Lab within(Duration limit) {
    return new Lab(name, scratch, limit);
  }

  /** What a command printed, both outputs together, and its exit status. */
  record Result(int status, String text) {}

  /** Skips the test, saying why, where the lab cannot run. */
  static void assumePossible() {
    assumeTrue("root".equals(System.getProperty("user.name")), "the lab's namespaces need root");
    assumeTrue(
        Files.exists(TREE.resolve("bin/flanneld-j")), "no built tree at " + TREE + ": mvn package");
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    return runWithInput("", arguments);
  }

  Result runWithInput(String input, String... arguments) throws IOException, InterruptedException {
    Path stdin = Files.writeString(scratch.resolve("stdin"), input);
    Path stdout = scratch.resolve("stdout");
    List<String> command =
        Stream.concat(
                Stream.of("bash", PROJECT.resolve("test-vms/lab").toString()), Stream.of(arguments))
            .toList();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LAB_TREE", TREE.toString());
    builder.environment().put("LAB_NAME", name);
    // Repairs must come from events, never from the periodic comparison.
    builder.environment().put("FLANNELD_AUDIT_SECONDS", "3600");
    Process lab = builder.redirectInput(stdin.toFile()).redirectOutput(stdout.toFile()).start();
    try {
      assertThat(lab.waitFor(patience.toSeconds(), TimeUnit.SECONDS))
          .as("lab %s ends within %s", String.join(" ", arguments), patience)
          .isTrue();
      return new Result(lab.exitValue(), Files.readString(stdout, StandardCharsets.UTF_8));
    } finally {
      // SIGTERM: the lab removes what it has made.
      lab.destroy();
    }
  }
}
