package io.flannelj.cni.flannel;

import io.flannelj.cni.Attachment;
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
  void write(Attachment attachment, JsonObject conf) {
    write(attachment, conf.toCompactText().getBytes(StandardCharsets.UTF_8));
  }

  void write(Attachment attachment, byte[] content) {
    try (CallerDirectory directory = files.makeDirectory(dataDir, DIRECTORY)) {
      directory.replace(attachment.containerId(), temporary(attachment), content, FILE);
    }
  }

  /** Removes the file and what a call that died while it wrote the file has left. */
  void remove(Attachment attachment) {
    remove(List.of(attachment.containerId(), temporary(attachment)));
  }

  /** Removes only what a call that died while it wrote the file has left. */
  void removeTemporary(Attachment attachment) {
    remove(List.of(temporary(attachment)));
  }

  /** Removes files by their names. */
  void remove(List<String> names) {
    Optional<CallerDirectory> opened = files.directory(dataDir);
    if (opened.isPresent()) {
      try (CallerDirectory directory = opened.get()) {
        names.forEach(directory::remove);
      }
    }
  }

  /** Two interfaces of a container may be attached at once. */
  private static String temporary(Attachment attachment) {
    return "." + attachment.containerId() + "." + attachment.ifName() + ".new";
  }

  /** Whether a file is one that was being written, by a call that may have died since. */
  static boolean isTemporary(String name) {
    return name.startsWith(".");
  }

  /** Names of all files: IDs of containers, and temporary ones. */
  List<String> names() {
    Optional<CallerDirectory> opened = files.directory(dataDir);
    if (opened.isEmpty()) {
      return List.of();
    }
    try (CallerDirectory directory = opened.get()) {
      return directory.names();
    }
  }
}
