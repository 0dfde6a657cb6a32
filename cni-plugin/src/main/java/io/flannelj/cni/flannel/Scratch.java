package io.flannelj.cni.flannel;

import io.flannelj.cni.CallerDirectory;
import io.flannelj.cni.CallerFiles;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The files {@code <dataDir>/<containerID>}: the delegate's configuration of a running container,
 * where the Go plugin looks for it at DEL. Several networks of one container share one file.
 */
final class Scratch {
  private static final int DIRECTORY = 0700;
  private static final int FILE = 0600;

  private final CallerFiles files;
  private final String dataDir;

  Scratch(CallerFiles files, String dataDir) {
    this.files = files;
    this.dataDir = dataDir;
  }

  /** Bytes of the file, if there is one. */
  Optional<byte[]> bytes(String containerId) {
    return files.read(dataDir + "/" + containerId);
  }

  /** Reads a configuration; nothing if it was cut off by a crash. */
  static Optional<JsonObject> conf(byte[] content) {
    try {
      if (Json.parse(content) instanceof JsonObject conf && !conf.textOrEmpty("type").isEmpty()) {
        return Optional.of(conf);
      }
      return Optional.empty();
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  /** Writes the file so that a crash leaves the old or the new one; waits for no disk. */
  void write(String containerId, JsonObject conf) {
    write(containerId, conf.toCompactText().getBytes(StandardCharsets.UTF_8));
  }

  void write(String containerId, byte[] content) {
    try (CallerDirectory directory = files.makeDirectory(dataDir, DIRECTORY)) {
      directory.replace(containerId, content, FILE);
    }
  }

  void remove(String containerId) {
    Optional<CallerDirectory> opened = files.directory(dataDir);
    if (opened.isPresent()) {
      try (CallerDirectory directory = opened.get()) {
        directory.remove(containerId);
      }
    }
  }

  /** IDs of all containers that have a file. */
  List<String> containers() {
    Optional<CallerDirectory> opened = files.directory(dataDir);
    if (opened.isEmpty()) {
      return List.of();
    }
    try (CallerDirectory directory = opened.get()) {
      return directory.names();
    }
  }
}
