package io.flannelj.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.testkit.RequiresRoot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon's control socket is root's alone, as cni.sock is (MisbehavingCallerTest). */
@RequiresRoot
class ControlSocketTest {
  @TempDir private Path directory;

  @Test
  void onlyRootMayOpenIt() throws Exception {
    Path socket = directory.resolve("state").resolve("control.sock");
    try (StatusServer server = new StatusServer()) {
      server.listen(socket, path -> new StatusServer.Page(200, "secret of " + path));

      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(Files.getAttribute(socket, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(0);
      assertThat(socket.resolveSibling("control.sock.new")).doesNotExist();
      assertThat(ask(socket, "pass")).contains("secret of /status");
      openTo(directory, socket.resolveSibling(""));
      assertThat(ask(socket, "os.seteuid(65534)")).contains("PermissionError");
    }
  }

  @Test
  void whoeverComesBeforeTheModeIsSetGetsNothing() throws Exception {
    Path socket = directory.resolve("control.sock");
    try (StatusServer server = new StatusServer()) {
      server.listen(socket, path -> new StatusServer.Page(200, "secret of " + path));
      openTo(directory);
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwxrwx"));

      assertThat(ask(socket, "os.seteuid(65534)")).doesNotContain("secret");
      assertThat(ask(socket, "pass")).contains("secret of /status");
    }
  }

  private static void openTo(Path... directories) throws Exception {
    for (Path directory : directories) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  /** What a client gets that does this first; its error where it gets none. */
  private static String ask(Path socket, String first) throws Exception {
    String script =
        "import os, socket\n"
            + first
            + "\ns = socket.socket(socket.AF_UNIX); s.settimeout(60)\ns.connect('"
            + socket
            + "')\ns.sendall(b'GET /status HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
            + "print(s.recv(4096))";
    Process process = new ProcessBuilder("python3", "-c", script).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
