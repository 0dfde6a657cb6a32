package io.flannelj.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The kit itself: what tests of the Kubernetes store rely on. */
@RequiresKubernetes
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class ApiServerTest {
  private ApiServer server;

  @BeforeAll
  void start(@TempDir Path directory) {
    server = ApiServer.start(directory);
  }

  @AfterAll
  void end() {
    server.close();
  }

  @Test
  void isTheVersionThatItWasBuiltFrom() {
    assertThat(server.admin().get("/version").orThrow()).contains("\"gitVersion\": \"v1.");
  }

  @Test
  void flannelMayDoWhatItsClusterRoleSaysAndNoMore() {
    server.createNode("allowed", "192.0.2.1", List.of("10.244.1.0/24"), Map.of("a", "\"b\""));
    ApiClient flannel = server.flannel();
    String path = "/api/v1/nodes/allowed";
    String annotation = "{\"metadata\":{\"annotations\":{\"flannel.alpha.coreos.com/x\":\"y\"}}}";

    assertThat(flannel.get("/api/v1/nodes").status()).isEqualTo(200);
    assertThat(flannel.patch(path + "/status", annotation).status()).isEqualTo(200);
    assertThat(server.node("allowed")).contains("\"flannel.alpha.coreos.com/x\":\"y\"");
    assertThat(flannel.get("/api/v1/namespaces/default/pods/none").status()).isEqualTo(404);

    assertThat(flannel.delete(path).status()).isEqualTo(403);
    assertThat(flannel.patch(path, annotation).status()).isEqualTo(403);
    assertThat(flannel.get("/api/v1/pods").status()).isEqualTo(403);
    assertThat(flannel.get("/api/v1/secrets").status()).isEqualTo(403);
  }

  @Test
  void objectsOutliveTheServer() {
    server.createNode("kept", "192.0.2.2", List.of("10.244.2.0/24", "fd00:2::/64"), Map.of());
    server.patchNode("kept", "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}");
    server.stop();
    server.start();

    assertThat(server.node("kept"))
        .contains("\"podCIDRs\":[\"10.244.2.0/24\",\"fd00:2::/64\"]", "\"x\":\"y\"")
        .doesNotContain("annotations");
    server.deleteNode("kept");
    assertThat(server.admin().get("/api/v1/nodes/kept").status()).isEqualTo(404);
  }
}
