package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.netns.NetworkNamespace;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/** A real daemon in a network namespace of its own, with all its files below one directory. */
final class TestDaemon implements AutoCloseable {
  private static final long CEILING_SECONDS = 90;

  private final TestNamespace node = new TestNamespace();
  private final Path directory;
  private final Process process;

  /**
   * Starts it, on a store directory.
   *
   * @param number of the node: 192.0.2.N
   * @param before shell commands in the daemon's mount namespace before it starts
   */
  TestDaemon(
      Path directory,
      Path store,
      String name,
      int number,
      String before,
      Map<String, String> environment)
      throws IOException {
    this(
        directory, namespace -> List.of("--store-dir=" + store), name, number, before, environment);
  }

  /**
   * Starts it, on any store.
   *
   * @param store told the daemon's namespace, gives the flags that name the store
   * @param name empty: it has to find out itself
   */
  TestDaemon(
      Path directory,
      Function<NetworkNamespace, List<String>> store,
      String name,
      int number,
      String before,
      Map<String, String> environment)
      throws IOException {
    this.directory = Files.createDirectories(directory);
    node.sh("ip link set lo up");
    node.sh("ip link add eth0 type veth peer name far");
    node.sh("ip link set eth0 up");
    node.sh("ip link set far up");
    node.sh("ip address add 192.0.2." + number + "/24 dev eth0");
    node.sh("ip route add default via 192.0.2.254");
    Files.writeString(directory.resolve("net-conf.json"), "{\"Network\":\"10.244.0.0/16\"}");
    String script = "mount --make-rprivate /\nset -e\n" + before + "\nexec \"$@\"";
    ProcessBuilder builder =
        new ProcessBuilder(
            "nsenter", "--net=" + node.path(), "unshare", "-m", "sh", "-c", script, "sh");
    builder.command().addAll(command());
    if (!name.isEmpty()) {
      builder.command().add("--node-name=" + name);
    }
    List<String> flags = store.apply(node.namespace());
    builder.command().addAll(flags);
    if (flags.stream().noneMatch(flag -> flag.startsWith("--audit-seconds="))) {
      builder.command().add("--audit-seconds=1");
    }
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    process = builder.start();
  }

  private List<String> command() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djnr.ffi.asm.enabled=false",
        "-cp",
        System.getProperty("java.class.path"),
        "io.flannelj.cli.Main",
        "run",
        "--snapshot-dir=" + directory.resolve("snapshot"),
        "--net-config-path=" + directory.resolve("net-conf.json"),
        "--subnet-file=" + directory.resolve("subnet.env"),
        "--state-dir=" + directory,
        "--cni-socket=" + directory.resolve("cni.sock"));
  }

  /** What it has written. */
  String logged() throws IOException {
    return Files.readString(log());
  }

  private Path log() {
    return directory.resolve("log");
  }

  String run(String line) {
    return node.sh(line);
  }

  /** A page of the control socket; empty while nobody answers. */
  String page(String path) {
    Path socket = directory.resolve("control.sock");
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      byte[] answer = Channels.newInputStream(channel).readAllBytes();
      return new String(answer, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  /** Waits until a page says what it should. */
  String await(String path, Predicate<String> wanted) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CEILING_SECONDS);
    String page = page(path);
    while (!wanted.test(page) && System.nanoTime() < end && process.isAlive()) {
      Thread.sleep(50);
      page = page(path);
    }
    assertThat(page).as("%s; log: %s", path, Files.readString(log())).matches(wanted);
    return page;
  }

  /** Waits until /readyz says it. */
  String awaitReadyz(String text) throws Exception {
    return await("/readyz", page -> page.contains(text));
  }

  /** Waits until /readyz says 200 and nothing else. */
  void awaitAllWell() throws Exception {
    await("/readyz", page -> page.endsWith("\r\n\r\nflanneld is ready"));
  }

  /** Waits until a route is there, or gone. */
  void awaitRoute(String subnet, boolean there) throws Exception {
    await("/status", page -> node.sh("ip route").contains(subnet) == there && !page.isEmpty());
  }

  /** Waits until it has written a text. */
  void awaitLogged(String text) throws Exception {
    await(
        "/status",
        page -> {
          try {
            return logged().contains(text);
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** Names of its threads. */
  List<String> threads() {
    return node.sh("ps -L -o comm= -p " + process.pid()).lines().map(String::strip).toList();
  }

  Path subnetEnv() {
    return directory.resolve("subnet.env");
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    node.close();
  }
}
