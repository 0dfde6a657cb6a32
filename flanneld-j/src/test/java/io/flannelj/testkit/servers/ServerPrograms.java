package io.flannelj.testkit.servers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** Where the programs of others are on this machine. */
final class ServerPrograms {
  private static final Path BUILT =
      Path.of(
          Optional.ofNullable(System.getenv("FLANNELJ_SERVERS"))
              .orElse("/var/cache/flannel-j/servers"),
          "bin");

  private ServerPrograms() {}

  /** The program's file: what {@code test-vms/servers/build} has made, or one of the PATH. */
  static Path find(String name) {
    return lookFor(name).orElseThrow(() -> new IllegalStateException(missing(name)));
  }

  /** Enabled where all of them are there. */
  static ConditionEvaluationResult evaluate(String... names) {
    List<String> missing =
        Stream.of(names)
            .filter(name -> lookFor(name).isEmpty())
            .map(ServerPrograms::missing)
            .toList();
    return missing.isEmpty()
        ? ConditionEvaluationResult.enabled("the servers are here")
        : ConditionEvaluationResult.disabled("SKIPPED: " + String.join("; ", missing));
  }

  private static Optional<Path> lookFor(String name) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    Stream<Path> directories =
        Pattern.compile(File.pathSeparator, Pattern.LITERAL).splitAsStream(path).map(Path::of);
    return Stream.concat(Stream.of(BUILT), directories)
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String missing(String name) {
    return switch (name) {
      case "etcd" -> "no etcd: apt-get install etcd-server";
      case "etcdctl" -> "no etcdctl: apt-get install etcd-client";
      case "openssl" -> "no openssl: apt-get install openssl";
      default -> "no " + name + " in " + BUILT + ": test-vms/servers/build " + name + " (needs Go)";
    };
  }
}
