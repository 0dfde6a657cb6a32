package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One node with a daemon and nothing around it: namespaces for network, mounts and processes, with
 * {@code /run} and {@code /var/lib} of its own and eth0 192.0.2.11. All of it ends with the daemon.
 */
final class SingleNode implements AutoCloseable {
  static final Path TREE = Lab.PROJECT.resolve("packaging/target/flanneld-j");
  static final String NET_CONF = "{\"Network\": \"10.244.0.0/16\"}";
  private static final long CEILING_NANOS = TimeUnit.SECONDS.toNanos(90L * Lab.SLOWNESS);
  private static final String SCRIPT =
      """
      mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib || exit 99
      ip link set lo up
      ip link add eth0 type veth peer name far
      ip link set far up
      ip address add 192.0.2.11/24 dev eth0
      ip link set eth0 up
      ip route add default via 192.0.2.254
      eval "$PREPARE"
      exec "$@"
      """;

  private final Path scratch;
  private final Path log;
  private final Process process;

  /**
   * Starts the daemon.
   *
   * @param scratch an empty directory; {@code $D} in all that follows
   * @param netConf text of net-conf.json, empty for no file
   * @param prepare shell commands that run inside before it
   * @param command the words before {@code flanneld-j} (setpriv, env) and its flags behind it
   */
  SingleNode(Path scratch, String netConf, String prepare, Words command) throws IOException {
    this.scratch = scratch;
    this.log = scratch.resolve("daemon.log");
    if (!netConf.isEmpty()) {
      Files.writeString(scratch.resolve("net-conf.json"), netConf);
    }
    List<String> words = new ArrayList<>();
    words.addAll(
        List.of("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"));
    words.addAll(List.of("sh", "-c", SCRIPT, "sh"));
    words.addAll(command.before());
    words.addAll(List.of(TREE.resolve("bin/flanneld-j").toString(), "run", "--node-name=node1"));
    words.addAll(
        List.of("--net-config-path=" + scratch + "/net-conf.json", "--store-dir=" + store()));
    command.flags().forEach(flag -> words.add(flag.replace("$D", scratch.toString())));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("D", scratch.toString());
    builder.environment().put("PREPARE", prepare);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    process = builder.redirectOutput(log.toFile()).start();
    process.getOutputStream().close();
  }

  /** Around {@code flanneld-j run}. */
  record Words(List<String> before, List<String> flags) {
    static final Words NONE = new Words(List.of(), List.of());
  }

  /** How a program ended. */
  record Outcome(int status, String stdout, String stderr) {}

  Path scratch() {
    return scratch;
  }

  private String store() {
    return scratch + "/leases";
  }

  String log() throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8);
  }

  /** Until the daemon has written this. */
  void await(String words) throws IOException, InterruptedException {
    long end = System.nanoTime() + CEILING_NANOS;
    while (!log().contains(words)) {
      assertThat(process.isAlive()).as("it says \"%s\" and runs on:%n%s", words, log()).isTrue();
      assertThat(System.nanoTime()).as("it says \"%s\":%n%s", words, log()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int awaitEnd() throws IOException, InterruptedException {
    assertThat(process.waitFor(CEILING_NANOS, TimeUnit.NANOSECONDS))
        .as("it ends: %s", log())
        .isTrue();
    return process.exitValue();
  }

  /** Runs a program in the node's namespaces, with this environment only. */
  Outcome run(byte[] stdin, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    String pid = Long.toString(process.children().findFirst().orElseThrow().pid());
    List<String> words = new ArrayList<>(List.of("nsenter", "-t", pid, "-n", "-m", "-p", "--"));
    words.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().putAll(environment);
    Path input = Files.write(scratch.resolve("stdin"), stdin);
    Path stderr = scratch.resolve("stderr");
    builder.redirectInput(input.toFile()).redirectError(stderr.toFile());
    Process started = builder.start();
    String stdout = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(started.waitFor(CEILING_NANOS, TimeUnit.NANOSECONDS)).isTrue();
    return new Outcome(started.exitValue(), stdout, Files.readString(stderr));
  }

  /** A shell command inside that must succeed; {@code $D} is the scratch directory. */
  String sh(String script) throws IOException, InterruptedException {
    Outcome outcome = run(new byte[0], Map.of("D", scratch.toString()), "sh", "-c", script);
    assertThat(outcome.status())
        .as("%s: %s%s", script, outcome.stdout(), outcome.stderr())
        .isZero();
    return outcome.stdout();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
