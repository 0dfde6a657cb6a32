package io.flannelj.daemon;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * The network configuration list that makes a runtime call the node ready. It comes, by rename,
 * once subnet.env is there, so that no pod is attached in vain before; and it stays when the daemon
 * stops, for pods come and go without it.
 *
 * @param file such as {@code /etc/cni/net.d/10-flannel.conflist}
 */
record CniConf(Path file) {
  // containerd 1.6 reads cniVersion alone and takes nothing newer than 1.0.0; runtimes that know
  // cniVersions choose the newest, and with 1.1.0 they call STATUS and GC.
  private static final String TEXT =
      """
      {
        "name": "cbr0",
        "cniVersion": "0.3.1",
        "cniVersions": ["0.3.1", "0.4.0", "1.0.0", "1.1.0"],
        "plugins": [
          {
            "type": "flannel",
            "delegate": {
              "hairpinMode": true,
              "isDefaultGateway": true
            }
          },
          {
            "type": "portmap",
            "capabilities": {
              "portMappings": true
            }
          }
        ]
      }
      """;

  /** As the manifests of Go flannel have it. */
  private static final String GO_FLANNEL =
      """
      {"name": "cbr0", "cniVersion": "0.3.1", "plugins": [
        {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}},
        {"type": "portmap", "capabilities": {"portMappings": true}}]}
      """;

  /**
   * Puts it there, unless a configuration is there that somebody wrote.
   *
   * @return what is to be told, empty if nothing
   * @throws IOException if it cannot be written
   */
  String install() throws IOException {
    String present = read();
    if (present.equals(TEXT)) {
      return "";
    }
    if (!present.isBlank() && !isGoFlannels(present)) {
      return file
          + " stays as it is, somebody wrote it; for STATUS and GC it needs"
          + " \"cniVersions\": [\"0.3.1\", \"0.4.0\", \"1.0.0\", \"1.1.0\"]";
    }
    write();
    return file + " installed" + (present.isBlank() ? "" : " in place of Go flannel's");
  }

  private String read() throws IOException {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static boolean isGoFlannels(String text) {
    try {
      return Json.parse(text).equals(Json.parse(GO_FLANNEL));
    } catch (JsonException e) {
      return false;
    }
  }

  /** Runtimes load each .conf, .conflist and .json in the directory as soon as it appears. */
  private void write() throws IOException {
    Path directory =
        Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file has a directory");
    Files.createDirectories(directory);
    Path scratch = directory.resolve("." + file.getFileName() + ".new");
    Files.writeString(scratch, TEXT);
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(scratch, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
