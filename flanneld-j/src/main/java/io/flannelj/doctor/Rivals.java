package io.flannelj.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Other flanneld processes in this network namespace: Go's by its name, ours by its command line.
 *
 * @param daemon process of the daemon that answers
 */
record Rivals(Optional<Long> daemon) {
  private static final Path PROC = Path.of("/proc");

  List<String> find() {
    List<String> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(PROC)) {
      String own = Files.readSymbolicLink(PROC.resolve("self/ns/net")).toString();
      List<Path> sorted =
          processes.filter(path -> path.getFileName().toString().matches("\\d+")).sorted().toList();
      for (Path process : sorted) {
        describe(process, own).ifPresent(found::add);
      }
    } catch (IOException e) {
      return found;
    }
    return found;
  }

  private Optional<String> describe(Path process, String namespace) {
    long pid = Long.parseLong(process.getFileName().toString());
    try {
      List<String> arguments =
          Arrays.asList(
              new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
                  .split("\0"));
      if (!isFlanneld(arguments)
          || daemon.equals(Optional.of(pid))
          || pid == ProcessHandle.current().pid()
          || !Files.readSymbolicLink(process.resolve("ns/net")).toString().equals(namespace)) {
        return Optional.empty();
      }
      // A daemon in another PID namespace tells its own number of itself.
      for (String line : Files.readAllLines(process.resolve("status"))) {
        if (line.startsWith("NSpid:") && daemon.isPresent() && line.endsWith("\t" + daemon.get())) {
          return Optional.empty();
        }
      }
      return Optional.of("pid " + pid + " (" + arguments.get(0) + ")");
    } catch (IOException e) {
      // It has ended meanwhile, or is not ours to look at.
      return Optional.empty();
    }
  }

  private static boolean isFlanneld(List<String> arguments) {
    String program = arguments.get(0).substring(arguments.get(0).lastIndexOf('/') + 1);
    return program.equals("flanneld")
        || (program.equals("java")
            && arguments.contains("run")
            && arguments.stream().anyMatch(argument -> argument.contains("flanneld-j")));
  }
}
