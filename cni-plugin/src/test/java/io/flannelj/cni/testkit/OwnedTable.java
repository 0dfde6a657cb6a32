package io.flannelj.cni.testkit;

import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * An nftables table that belongs to another program: as long as that one lives, the kernel answers
 * EPERM to everybody else who wants to change it.
 */
public final class OwnedTable implements AutoCloseable {
  private final Process owner;

  /**
   * Makes it.
   *
   * @param name such as {@code ip theirs}
   * @param content in nft's language, statements with a semicolon each
   */
  public OwnedTable(TestNamespace node, String name, String content) {
    try {
      owner =
          new ProcessBuilder("nsenter", "--net=" + node.path(), "nft", "-i")
              .redirectErrorStream(true)
              .start();
      String line = "table " + name + " { flags owner; " + content + " }\nlist tables\n";
      owner.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
      owner.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await(node, name);
  }

  private void await(TestNamespace node, String name) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (node.attempt(("nft list table " + name).split(" ")).exit() != 0) {
      if (System.nanoTime() > end) {
        close();
        throw new AssertionError("nft -i made no table " + name);
      }
    }
  }

  @Override
  public void close() {
    owner.destroyForcibly();
    try {
      owner.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
