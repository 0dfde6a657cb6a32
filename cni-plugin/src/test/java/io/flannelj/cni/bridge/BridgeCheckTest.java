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

/** CHECK and STATUS of bridge against the real kernel: one wound after the other. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class BridgeCheckTest {
  private static final String CONF =
      NodeCalls.conf(
          "net",
          "10.244.1.0/24",
          ",\"hairpinMode\":true,\"ipMasq\":true,\"dns\":{\"domain\":\"example\"}");
  private NodeCalls node;
  private String check = "";
  private String veth = "";

  @BeforeEach
  void attach(@TempDir Path root) {
    node = new NodeCalls(root);
    JsonObject result = node.add("pod", CONF);
    veth = NodeCalls.hostVeth(result);
    check = NodeCalls.withPrevious(CONF, result);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  /** A wound on the node, what CHECK says to it, and what heals it. */
  private void onNode(String wound, String text, String... healing) {
    node.node().sh(wound);
    assertThat(node.error("pod", "CHECK", check).text()).as(wound).contains(text);
    for (String step : healing) {
      node.node().sh(step);
    }
    node.silent("pod", "CHECK", check);
  }

  /** The same inside the pod. */
  private void inPod(String wound, String text, String... healing) {
    node.pod("pod").sh(wound);
    assertThat(node.error("pod", "CHECK", check).text()).as(wound).contains(text);
    for (String step : healing) {
      node.pod("pod").sh(step);
    }
    node.silent("pod", "CHECK", check);
  }

  @Test
  void everythingThatAddMadeIsLookedAtOnTheNode() {
    node.silent("pod", "CHECK", check);
    onNode(
        "ip address delete 10.244.1.1/24 dev cni0",
        "gateway address 10.244.1.1/24 is missing on cni0",
        "ip address add 10.244.1.1/24 dev cni0");
    onNode("ip link set cni0 down", "cni0 is down", "ip link set cni0 up");
    onNode(
        "ip link set " + veth + " nomaster",
        "CNI veth created for bridge cni0 was not found",
        "ip link set " + veth + " master cni0",
        "ip link set " + veth + " type bridge_slave hairpin on");
    onNode(
        "ip link set " + veth + " type bridge_slave hairpin off",
        "hairpin mode false",
        "ip link set " + veth + " type bridge_slave hairpin on");
    onNode(
        "ip link set " + veth + " type bridge_slave isolated on",
        "port isolation true",
        "ip link set " + veth + " type bridge_slave isolated off");
  }

  @Test
  void everythingThatAddMadeIsLookedAtInThePod() {
    inPod(
        "ip route delete default",
        "Expected Route 0.0.0.0/0 via 10.244.1.1 not found in routing table",
        "ip route add default via 10.244.1.1");
    inPod(
        "ip route replace default via 10.244.1.77",
        "Expected Route 0.0.0.0/0 via 10.244.1.1 not found",
        "ip route replace default via 10.244.1.1");
    inPod(
        "ip address delete 10.244.1.2/24 dev eth0",
        "Failed to match addr 10.244.1.2/24 on interface eth0",
        "ip address add 10.244.1.2/24 dev eth0",
        "ip route add default via 10.244.1.1");
    inPod(
        "ip link set eth0 down",
        "Interface eth0 is down",
        "ip link set eth0 up",
        "ip route add default via 10.244.1.1");
    inPod(
        "ip link set eth0 address 02:00:00:00:00:07",
        "doesn't match 0a:58:0a:f4:01:02",
        "ip link set eth0 address 0a:58:0a:f4:01:02");
  }

  @Test
  void whatLaterPluginsAddIsNoneOfItsBusiness() {
    node.pod("pod").sh("ip route add 192.0.2.0/24 via 10.244.1.1");
    node.pod("pod").sh("ip address add 198.51.100.7/32 dev eth0");
    node.node().sh("ip address add 198.51.100.1/32 dev cni0");
    node.silent("pod", "CHECK", check);
  }

  @Test
  void rulesAndRecordsBelongToIt() {
    node.node().sh("nft flush chain ip flannelj_masquerade postrouting");
    assertThat(node.error("pod", "CHECK", check).text())
        .isEqualTo("rules of ipMasq for net/pod/eth0 are missing");
    node.silent("pod", "DEL", CONF);
    assertThat(node.error("pod", "CHECK", check).text())
        .contains("Failed to find address added by container pod");
  }

  @Test
  void itNeedsThePreviousResultAndTheNamespaceOfIt() {
    assertThat(node.error("pod", "CHECK", CONF).text()).isEqualTo("Required prevResult missing");
    assertThat(node.error("pod", "CHECK", check.replace("/run/netns/dummy", "/run/netns/x")).text())
        .isEqualTo(
            "Sandbox in prevResult /run/netns/x doesn't match configured netns: /run/netns/dummy");
  }

  @Test
  void statusNamesADeviceThatIsInTheWay() {
    node.silent("any", "STATUS", CONF);
    String other = CONF.replace("\"type\":\"bridge\"", "\"type\":\"bridge\",\"bridge\":\"up0\"");
    CniError error = node.error("any", "STATUS", other);
    assertThat(error.code()).isEqualTo(CniError.NOT_AVAILABLE);
    assertThat(error.text()).isEqualTo("\"up0\" already exists but is not a bridge");
  }
}
