package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CniConfTest {
  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("net.d/10-flannel.conflist");
  }

  private String install() throws IOException {
    return new CniConf(file()).install();
  }

  @Test
  void comesWhereNoneIsAndSaysWhatOldAndNewRuntimesNeed() throws IOException {
    assertThat(install()).isEqualTo(file() + " installed");
    assertThat(file())
        .content()
        .contains("\"cniVersion\": \"0.3.1\"", "\"cniVersions\": [", "\"1.1.0\"]")
        .contains("\"type\": \"flannel\"", "\"type\": \"portmap\"");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-r--r--");
    try (Stream<Path> files = Files.list(directory.resolve("net.d"))) {
      assertThat(files.toList()).isEqualTo(List.of(file()));
    }
    assertThat(install()).isEmpty();
  }

  @Test
  void goFlannelsGivesWay() throws IOException {
    Files.createDirectories(directory.resolve("net.d"));
    Files.writeString(
        file(),
        """
        {
          "name": "cbr0",
          "cniVersion": "0.3.1",
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
        """);
    assertThat(install()).endsWith("installed in place of Go flannel's");
    assertThat(file()).content().contains("cniVersions");
  }

  @Test
  void whatSomebodyWroteStays() throws IOException {
    Files.createDirectories(directory.resolve("net.d"));
    for (String theirs : List.of("{\"name\": \"mine\", \"plugins\": []}", "not JSON")) {
      Files.writeString(file(), theirs);
      assertThat(install()).contains(file() + " stays as it is").contains("cniVersions");
      assertThat(file()).content().isEqualTo(theirs);
    }
  }

  @Test
  void aDirectoryThatCannotBeIsNamed() throws IOException {
    Files.writeString(directory.resolve("net.d"), "a file");
    assertThatThrownBy(this::install)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve("net.d").toString());
  }
}
