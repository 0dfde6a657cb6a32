package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The C launcher, built with a run directory of its own under /tmp (a socket's path has 107 bytes
 * at most), so that a test meets nothing of the machine's.
 */
final class Launcher implements AutoCloseable {
  private static final int CEILING_SECONDS = 60;

  private final Path directory;

  /** Builds; about a second. */
  Launcher() throws IOException, InterruptedException {
    directory = Files.createTempDirectory(Path.of("/tmp"), "fj-server-");
    Files.createDirectory(run());
    String defines =
        "DEFINES=-DRUN_DIR='\""
            + run()
            + "\"' -DHELLO_MS=50000 -DROUND_MS=50000 -DSTANDALONE_MS=50000";
    command("make", "-s", "-C", sources("main").toString(), "OUT=" + binDirectory(), defines);
    for (String name : List.of("flannel", "host-local")) {
      Files.createSymbolicLink(plugin(name), Path.of("flannel-j-cni"));
    }
  }

  static Path sources(String set) {
    Path module = Path.of("").toAbsolutePath();
    return module.resolveSibling("native-glue").resolve("src/" + set + "/c");
  }

  Path directory() {
    return directory;
  }

  Path run() {
    return directory.resolve("run");
  }

  Path socket() {
    return run().resolve("cni.sock");
  }

  Path binDirectory() {
    return directory.resolve("bin");
  }

  Path plugin(String name) {
    return binDirectory().resolve(name);
  }

  /** Runs a program that must succeed, with the output of the test. */
  static void command(String... words) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(words).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", words)).isZero();
  }

  /** How a call ended. */
  record Outcome(int status, String stdout, String stderr) {}

  /** A launcher that runs. */
  static final class Running {
    private final Process process;

    Running(Process process) {
      this.process = process;
    }

    Process process() {
      return process;
    }

    Outcome await() throws IOException, InterruptedException {
      String stdout = text(process.getInputStream().readAllBytes());
      String stderr = text(process.getErrorStream().readAllBytes());
      assertThat(process.waitFor(CEILING_SECONDS, TimeUnit.SECONDS)).isTrue();
      return new Outcome(process.exitValue(), stdout, stderr);
    }

    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    private static String text(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Starts a call; {@code changes} are added to the usual variables. */
  Running start(String command, String container, String config, Map<String, String> changes)
      throws IOException {
    return startPlugin("flannel", command, container, config, changes);
  }

  /** The same under another plugin's name. */
  Running startPlugin(
      String plugin, String command, String container, String config, Map<String, String> changes)
      throws IOException {
    Map<String, String> environment = new TreeMap<>();
    environment.put("CNI_COMMAND", command);
    environment.put("CNI_CONTAINERID", container);
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_NETNS", "");
    environment.put("CNI_PATH", directory.resolve("plugins").toString());
    environment.putAll(changes);
    ProcessBuilder builder = new ProcessBuilder(plugin(plugin).toString());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().write(config.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    return new Running(process);
  }

  /** One call from start to end. */
  Outcome call(String command, String container) throws IOException, InterruptedException {
    return start(command, container, "{}", Map.of()).await();
  }

  /** Many at once. */
  List<Running> startAll(int count, String command) throws IOException {
    List<Running> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(start(command, "c" + i, "{}", Map.of()));
    }
    return all;
  }

  /** An executable in the directory that CNI_PATH names. */
  void foreignPlugin(String name, String script) throws IOException {
    executable(directory.resolve("plugins").resolve(name), script);
  }

  static void executable(Path file, String script) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
