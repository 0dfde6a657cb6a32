package io.flannelj.desired;

/**
 * A kernel parameter below /proc/sys.
 *
 * @param path with slashes, {@code net/ipv6/conf/flannel.1/accept_ra}: device names may hold dots
 */
public record SysctlKey(String path) implements Comparable<SysctlKey> {

  /** Refuses paths that would leave /proc/sys. */
  public SysctlKey {
    if (path.isEmpty() || path.startsWith("/") || path.contains("..")) {
      throw new IllegalArgumentException("malformed sysctl path \"" + path + "\"");
    }
  }

  @Override
  public int compareTo(SysctlKey other) {
    return path.compareTo(other.path);
  }

  @Override
  public String toString() {
    return path;
  }
}
