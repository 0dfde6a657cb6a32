package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.OwnedTable;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** GC against the real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class BridgeGcTest {
  private static final String CONF = NodeCalls.conf("net", "10.244.1.0/24", ",\"ipMasq\":true");
  private static final String OTHER = NodeCalls.conf("net2", "10.244.1.0/24", "");
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private static String gc(String list) {
    return NodeCalls.conf(
        "net", "10.244.1.0/24", ",\"ipMasq\":true,\"cni.dev/valid-attachments\":" + list);
  }

  private String links() {
    return node.node().sh("ip -br link show type veth");
  }

  @Test
  void whatIsNotInTheListGoesAndNothingElse() {
    JsonObject alive = node.add("alive", CONF);
    JsonObject dead = node.add("dead", CONF);
    JsonObject deadBeside = node.add("beside", OTHER);
    node.node().sh("ip link add foreign type veth peer name foreign2");
    node.node().sh("ip link set dev foreign alias cni:network/dead/eth0");
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(dead));

    node.silent("any", "GC", gc("[{\"containerID\":\"alive\",\"ifname\":\"eth0\"}]"));

    assertThat(links())
        .contains(NodeCalls.hostVeth(alive), NodeCalls.hostVeth(deadBeside), "foreign@")
        .doesNotContain(NodeCalls.hostVeth(dead));
    assertThat(node.pod("dead").sh("ip -br link")).doesNotContain("eth0");
    assertThat(node.node().sh("nft list ruleset"))
        .contains("net/alive/eth0")
        .doesNotContain("net/dead/eth0");
    String address = NodeCalls.address(dead);
    assertThat(node.caller().exists("/var/lib/cni/networks/net/" + address)).isFalse();
    assertThat(node.caller().exists("/run/flannel/attachments/net/" + address)).isFalse();
    assertThat(node.caller().exists("/var/lib/cni/networks/net2/10.244.1.2")).isTrue();
    assertThat(node.caller().exists("/run/flannel/attachments/net2/10.244.1.2")).isTrue();
    assertThat(node.node().sh("ip neigh show dev cni0")).doesNotContain(address + " ");
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(alive));
  }

  @Test
  void withoutAListNothingGoesAndWithAnEmptyOneAllDoes() {
    JsonObject pod = node.add("pod", CONF);
    node.silent("any", "GC", CONF);
    node.silent("any", "GC", gc("null"));
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(pod));
    node.silent("any", "GC", gc("[]"));
    assertThat(links()).doesNotContain(NodeCalls.hostVeth(pod));
    assertThat(node.node().sh("nft list ruleset")).doesNotContain("net/pod/eth0");
    node.silent("any", "GC", gc("[]"));
    node.silent("pod", "DEL", CONF);
  }

  @Test
  void anAttachmentThatACallWorksOnIsSpared() {
    String checked =
        NodeCalls.conf("net", "10.244.1.0/24", ",\"ipMasq\":true,\"macspoofchk\":true");
    JsonObject pod = node.add("pod", checked);
    FileLock working =
        node.attachments()
            .lock(
                node.caller().files(),
                "bridge",
                new Attachment("net", "pod", "eth0"),
                Duration.ZERO)
            .orElseThrow();
    node.silent("any", "GC", gc("[]"));
    working.close();
    node.silent("pod", "CHECK", NodeCalls.withPrevious(checked, pod));
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(pod));
    String record = "/var/lib/cni/networks/net/" + NodeCalls.address(pod);
    assertThat(node.caller().exists(record)).isTrue();
    node.silent("any", "GC", gc("[]"));
    assertThat(node.caller().exists(record)).isFalse();
    assertThat(node.node().sh("nft list ruleset")).doesNotContain("net/pod/eth0");
  }

  @Test
  void whatCannotBeRemovedInOneFamilyKeepsNothingInTheOther() {
    String dual = CONF.replace("]]", "],[{\"subnet\":\"fd00:10:244:1::/64\"}]]");
    node.add("pod", dual);
    assertThat(node.node().sh("nft list table ip6 flannelj_masquerade")).contains("net/pod/eth0");
    node.node().sh("nft delete table ip flannelj_masquerade");
    String set =
        "set pods { type ipv4_addr; elements = { 10.244.1.9 comment \"net/pod/eth0\" }; };"
            + " set networks { type ipv4_addr . ipv4_addr; flags interval; };";
    String gc = dual.strip().replaceFirst("}$", ",\"cni.dev/valid-attachments\":[]}");
    try (OwnedTable table = new OwnedTable(node.node(), "ip flannelj_masquerade", set)) {
      assertThat(node.error("any", "GC", gc).text())
          .startsWith("GC left something: ")
          .contains("EPERM");
    }
    assertThat(node.node().sh("nft list table ip6 flannelj_masquerade"))
        .doesNotContain("net/pod/eth0");
    assertThat(links()).doesNotContain("veth");
  }

  @Test
  void aStepThatFailsIsToldAndTheOthersAreDone() {
    JsonObject pod = node.add("pod", CONF);
    String broken = gc("[]").replace("host-local", "no-such-ipam");
    assertThat(node.error("any", "GC", broken).text())
        .contains("failed to find plugin \"no-such-ipam\"");
    assertThat(links()).doesNotContain(NodeCalls.hostVeth(pod));
  }
}
