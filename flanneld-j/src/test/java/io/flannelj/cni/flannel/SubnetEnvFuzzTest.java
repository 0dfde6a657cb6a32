package io.flannelj.cni.flannel;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.net.IpPrefix;
import io.flannelj.testkit.Untrusted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

/**
 * subnet.env, read by the plugin and by the daemon after a restart: neither fails but as declared,
 * and what the daemon writes of it both read again.
 */
class SubnetEnvFuzzTest {
  private static final String PATH = "/run/flannel/subnet.env";

  @TempDir private static Path directory = Path.of("");

  @FuzzTest
  void file(byte[] content) {
    Untrusted.within(
        () -> {
          Optional<IpPrefix> previous = previous(content);
          if (previous.isPresent() && !previous.get().isMasked()) {
            throw new AssertionError("no subnet: " + previous.get());
          }
          Untrusted.only(
              IllegalArgumentException.class,
              () -> {
                SubnetEnv read;
                try {
                  read = SubnetEnv.parse(PATH, content);
                } catch (IllegalArgumentException e) {
                  if (!String.valueOf(e.getMessage()).contains(PATH)) {
                    throw new AssertionError("does not name the file: " + e.getMessage(), e);
                  }
                  throw e;
                }
                written(read);
              });
        });
  }

  private static void written(SubnetEnv read) {
    if (read.subnet().isEmpty() || read.networks().isEmpty()) {
      return;
    }
    IpPrefix subnet = read.subnet().get();
    String text =
        new io.flannelj.daemon.SubnetEnv(read.networks().get(0), subnet, read.mtu(), read.ipMasq())
            .text();
    SubnetEnv again;
    try {
      again = SubnetEnv.parse(PATH, text.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new AssertionError("cannot read what was written: " + text, e);
    }
    if (subnet.length() < 32) {
      Untrusted.same(subnet, again.subnet().orElseThrow());
      Untrusted.same(subnet, previous(text.getBytes(StandardCharsets.UTF_8)).orElseThrow());
    }
    Untrusted.same(read.mtu(), again.mtu());
    Untrusted.same(read.ipMasq(), again.ipMasq());
  }

  private static Optional<IpPrefix> previous(byte[] content) {
    try {
      Path file = directory.resolve("subnet.env");
      Files.write(file, content);
      return io.flannelj.daemon.SubnetEnv.previousSubnet(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
