package io.flannelj.cni.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** This process' descriptors of the kinds that a connection brings. */
final class OpenDescriptors {
  private OpenDescriptors() {}

  /** How many sockets, network namespaces and root directories are open. */
  static Map<String, Integer> count() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path path : all.toList()) {
        String kind = kind(path);
        if (kind.equals("socket") || kind.equals("net") || kind.equals("/")) {
          counts.merge(kind, 1, Integer::sum);
        }
      }
    }
    return counts;
  }

  private static String kind(Path path) throws IOException {
    try {
      return Files.readSymbolicLink(path).toString().split(":", 2)[0];
    } catch (NoSuchFileException e) {
      // The one by which the directory was read.
      return "";
    }
  }
}
