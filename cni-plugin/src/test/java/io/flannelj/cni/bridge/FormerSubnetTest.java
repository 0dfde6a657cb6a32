package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose subnet has changed while its bridge was there. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class FormerSubnetTest {
  private static final String FORMER = NodeCalls.conf("net", "10.244.1.0/24", "");
  private static final String NOW = NodeCalls.conf("net", "10.244.2.0/24", "");
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private String bridge() {
    return node.node().sh("ip -br address show cni0");
  }

  @Test
  void itsGatewayGoesWhenNoPodUsesIt() {
    node.add("old", FORMER);
    node.silent("old", "DEL", FORMER);
    JsonObject pod = node.add("new", NOW);
    assertThat(bridge()).contains("10.244.2.1/24").doesNotContain("10.244.1.1");
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(pod));
    assertThat(node.node().sh("ip route")).doesNotContain("10.244.1.0/24");
  }

  @Test
  void whileAPodUsesItThePodIsNamedAndKeepsItsGateway() {
    JsonObject old = node.add("old", FORMER);
    CniError error = node.error("new", "ADD", NOW);
    assertThat(error.code()).isEqualTo(CniError.INTERNAL);
    assertThat(error.text())
        .contains("\"cni0\" already has an IP address different from 10.244.2.1/24");
    assertThat(error.details()).contains("10.244.1.2 of net/old/eth0", "delete these pods");
    assertThat(node.caller().exists("/var/lib/cni/networks/net/10.244.2.2")).isFalse();
    node.pod("old").sh("ping -c1 -W1 10.244.1.1");
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(old));

    node.silent("old", "DEL", FORMER);
    node.add("new", NOW);
    assertThat(bridge()).doesNotContain("10.244.1.1");
  }

  @Test
  void aPortOfAnotherMakersIsTakenForAUser() {
    node.add("old", FORMER);
    node.silent("old", "DEL", FORMER);
    node.node().sh("ip link add name foreign type veth peer name other");
    node.node().sh("ip link set foreign master cni0");
    assertThat(node.error("new", "ADD", NOW).details()).contains("whoever is behind foreign");
    assertThat(bridge()).contains("10.244.1.1/24");
  }

  @Test
  void anAddressThatIsNoGatewayIsLeftToWhoGaveIt() {
    node.add("old", FORMER);
    node.silent("old", "DEL", FORMER);
    node.node().sh("ip address add 192.168.7.9/24 dev cni0");
    node.node().sh("ip address delete 10.244.1.1/24 dev cni0");
    assertThat(node.error("new", "ADD", NOW).text())
        .contains("ip address delete 192.168.7.9/24 dev cni0");
    assertThat(bridge()).contains("192.168.7.9/24");
  }
}
