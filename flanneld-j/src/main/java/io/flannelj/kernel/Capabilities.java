package io.flannelj.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Effective capabilities of a process, from /proc. */
public final class Capabilities {
  /** How a daemon gets what it needs. */
  public static final String REMEDY =
      "run it as root, or give it the capability: AmbientCapabilities=CAP_NET_ADMIN in a systemd"
          + " unit, securityContext.capabilities.add: [NET_ADMIN] in a pod, --cap-add NET_ADMIN in"
          + " a container";

  private static final int CAP_NET_ADMIN = 12;
  private static final String KEY = "CapEff:";

  private Capabilities() {}

  /** The bits of CapEff in a status file of /proc; all if it cannot be read: the kernel decides. */
  public static long effective(Path status) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(KEY)) {
          return Long.parseUnsignedLong(line.substring(KEY.length()).strip(), 16);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return -1;
    }
    return -1;
  }

  /** An error text with what EPERM means here and what mends it; others stay as they are. */
  public static String explain(String error) {
    return error.contains("EPERM")
        ? error
            + ": this process lacks CAP_NET_ADMIN in the user namespace of this network; "
            + REMEDY
        : error;
  }

  /** Whether this process may change the network of its own user namespace. */
  public static boolean mayChangeNetwork() {
    return ((effective(Path.of("/proc/self/status")) >> CAP_NET_ADMIN) & 1) == 1;
  }
}
