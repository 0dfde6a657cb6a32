package io.flannelj.sysctl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads and writes kernel parameters. net.* is that of the calling thread's network namespace.
 *
 * <p>Keys use slashes ({@code net/ipv4/conf/eth0.100/forwarding}), because interface names may hold
 * dots.
 */
public final class Sysctl {
  private final Path root;

  /** Over /proc/sys. */
  public Sysctl() {
    this(Path.of("/proc/sys"));
  }

  /** Over another directory, for tests. */
  public Sysctl(Path root) {
    this.root = root;
  }

  /** The value without its newline; empty if this kernel lacks the key. */
  public Optional<String> read(String key) {
    try {
      return Optional.of(Files.readString(root.resolve(key), StandardCharsets.UTF_8).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("sysctl " + key + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes the value unless it is there already: a container's /proc/sys is often read-only with
   * the right values in it.
   *
   * @return false if this kernel lacks the key
   * @throws UncheckedIOException naming key and value, if the kernel refuses it
   */
  public boolean write(String key, String value) {
    Optional<String> present = read(key);
    if (present.isEmpty()) {
      return false;
    }
    if (!present.get().equals(value)) {
      try {
        Files.writeString(root.resolve(key), value);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "sysctl "
                + key
                + "="
                + value
                + " (now "
                + present.get()
                + "): "
                + e.getMessage()
                + remedy(key, value, e),
            e);
      }
    }
    return true;
  }

  /**
   * The same for a value that the caller can do without: a container may not change it.
   *
   * @return false if this kernel lacks the key, or {@code /proc/sys} is read-only
   * @throws UncheckedIOException naming key and value, if the kernel refuses it otherwise
   */
  public boolean writeWherePermitted(String key, String value) {
    try {
      return write(key, value);
    } catch (UncheckedIOException e) {
      if (isReadOnly(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isReadOnly(Exception problem) {
    return String.valueOf(problem.getMessage()).contains("Read-only");
  }

  /** In a container the node's administrator has to do it. */
  private static String remedy(String key, String value, IOException problem) {
    if (!isReadOnly(problem)) {
      return "";
    }
    return "; run on the node: sysctl -w " + key + "=" + value;
  }
}
