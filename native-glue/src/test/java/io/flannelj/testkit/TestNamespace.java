package io.flannelj.testkit;

import io.flannelj.libc.Libc;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netns.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace without a name: a thread of this process lives in it. So tests run side by
 * side, and nothing is left when a test or the whole JVM dies.
 */
public final class TestNamespace implements AutoCloseable {
  private final CountDownLatch end = new CountDownLatch(1);
  private final String path;
  private final NetworkNamespace namespace;

  /** Makes one, as the kernel makes it: with a loopback device that is down. */
  public TestNamespace() {
    CompletableFuture<Integer> made = new CompletableFuture<>();
    Thread thread = new Thread(() -> live(made), "test-namespace");
    thread.setDaemon(true);
    thread.start();
    path = "/proc/" + ProcessHandle.current().pid() + "/task/" + made.join() + "/ns/net";
    namespace = NetworkNamespace.open(path);
  }

  private void live(CompletableFuture<Integer> made) {
    try {
      Libc.unshare(Libc.CLONE_NEWNET);
      made.complete(Libc.threadId());
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      made.completeExceptionally(e);
    }
  }

  /** A path that opens it, for any process. */
  public String path() {
    return path;
  }

  /** The open namespace; closed with this object. */
  public NetworkNamespace namespace() {
    return namespace;
  }

  /** A new rtnetlink socket inside. */
  public NetlinkSocket openRoute() {
    return namespace.openNetlink(NetlinkFamily.ROUTE);
  }

  /** What a program left behind. */
  public record Outcome(int exit, String output, String error) {}

  /**
   * Runs a program inside and waits for it.
   *
   * @return its standard output
   * @throws AssertionError if it fails
   */
  public String run(String... command) {
    Outcome outcome = attempt(command);
    if (outcome.exit() != 0) {
      throw new AssertionError(
          String.join(" ", command)
              + " exits with "
              + outcome.exit()
              + ": "
              + outcome.error()
              + outcome.output());
    }
    return outcome.output();
  }

  /** The same for a line of words without quoting. */
  public String sh(String line) {
    return run(line.split(" +"));
  }

  /** Runs a program inside and waits for it, at most 30 s. */
  public Outcome attempt(String... command) {
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + path, "--"));
    words.addAll(Arrays.asList(command));
    try {
      Process process = new ProcessBuilder(words).start();
      process.getOutputStream().close();
      CompletableFuture<String> error = CompletableFuture.supplyAsync(() -> errors(process));
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", command) + " runs for more than 30 s");
      }
      return new Outcome(process.exitValue(), output, error.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while running " + String.join(" ", command), e);
    }
  }

  private static String errors(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Lets the namespace go; its devices vanish once nothing else holds it. */
  @Override
  public void close() {
    namespace.close();
    end.countDown();
  }
}
