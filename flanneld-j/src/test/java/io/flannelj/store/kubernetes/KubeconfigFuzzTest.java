package io.flannelj.store.kubernetes;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.config.ConfigException;
import io.flannelj.testkit.Untrusted;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Kubeconfigs as people and tools write them: the way to a server is found, or what is wrong is
 * said with the file's name. Files that it names are not there.
 */
class KubeconfigFuzzTest {
  private static final Path FILE = Path.of("/nonexistent/kubeconfig");

  @FuzzTest
  void text(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Untrusted.within(
        () ->
            Untrusted.only(
                ConfigException.class,
                () -> {
                  try {
                    ClusterAccess access = Kubeconfig.parse(FILE, text);
                    Untrusted.shown(access.server().getHost());
                    Untrusted.shown(access.server().getScheme());
                  } catch (ConfigException e) {
                    if (!String.valueOf(e.getMessage()).contains(FILE.toString())) {
                      throw new AssertionError("does not name the file: " + e.getMessage(), e);
                    }
                    throw e;
                  }
                }));
  }
}
