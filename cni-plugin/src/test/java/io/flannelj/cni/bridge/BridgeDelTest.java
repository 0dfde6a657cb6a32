package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a DEL takes down that finds no veth under its attachment's own name, and what it spares. */
@RequiresRoot
class BridgeDelTest {
  private static final String CONF = NodeCalls.conf("net", "10.244.1.0/24", "");
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  /** A runtime may repeat the DEL of a container long after it has given its namespace away. */
  @Test
  void anotherContainersVethInTheSameNamespaceStays() {
    node.add("former", CONF);
    node.silent("former", "DEL", CONF);
    node.shareNamespace("present", "former");
    JsonObject present = node.add("present", CONF);

    node.silent("former", "DEL", CONF);

    node.node().sh("ping -c1 -W1 " + NodeCalls.address(present));
  }

  @Test
  void aVethOfAnotherPluginsMakingGoes() {
    node.add("first", CONF);
    node.node()
        .sh("ip link add vethrandom type veth peer name eth0 netns " + node.pod("old").path());
    node.silent("old", "DEL", CONF);
    assertThat(node.node().sh("ip -br link show type veth")).doesNotContain("vethrandom");
  }
}
