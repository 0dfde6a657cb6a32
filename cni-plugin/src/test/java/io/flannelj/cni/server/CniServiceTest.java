package io.flannelj.cni.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.Files;
import io.flannelj.testkit.RequiresRoot;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The handler that daemon and stand-alone process share, with the real plugins. */
@RequiresRoot
class CniServiceTest {
  @Test
  void servesOurPluginsAndWarmsUpWithACallThatChangesNothing() throws Exception {
    try (Launcher launcher = new Launcher();
        FileDescriptor root = Files.open(launcher.directory().toString(), Files.O_RDONLY, 0);
        CniService service = CniService.open();
        CniServer server =
            CniServer.start(
                ServerSettings.of(launcher.socket(), CniService.build(), line -> {}),
                service.handlerBelow(root))) {
      String config =
          "{\"cniVersion\":\"1.1.0\",\"name\":\"n\",\"type\":\"host-local\",\"ipam\":{\"type\":"
              + "\"host-local\",\"dataDir\":\""
              + "/ipam\",\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}]]}}";
      Launcher.Outcome status =
          launcher.startPlugin("host-local", "STATUS", "c1", config, Map.of()).await();
      assertThat(status).isEqualTo(new Launcher.Outcome(0, "", ""));

      Answer answer = server.warmUp(CniService.warmUpRequest());
      assertThat(answer.status()).as(new String(answer.stdout(), StandardCharsets.UTF_8)).isZero();
    }
  }
}
