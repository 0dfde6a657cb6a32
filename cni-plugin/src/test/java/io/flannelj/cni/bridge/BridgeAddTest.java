package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniAnswer;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an ADD tells that fails. */
@RequiresRoot
class BridgeAddTest {
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  @Test
  void itsOwnFailureThoughItsAddressCannotBeReleased() {
    node.caller()
        .withForeign(
            (type, command, stdin, extra) -> {
              if (command.equals("DEL")) {
                throw new IllegalStateException("no more plugins in this call");
              }
              return new CniAnswer(0, "{\"cniVersion\":\"1.1.0\"}", "");
            });
    String conf = NodeCalls.conf("net", "10.244.1.0/24", "").replace("host-local", "foreign");
    assertThat(node.error("c1", "ADD", conf).text())
        .isEqualTo("IPAM plugin returned missing IP config");
  }
}
