package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pod that lies about its MAC, on the real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class SpoofCheckTest {
  private static final String CONF =
      NodeCalls.conf("net", "10.244.1.0/24", ",\"macspoofchk\":true");
  private static final String UNCHECKED = NodeCalls.conf("net", "10.244.1.0/24", "");
  private static final String OTHER_MAC = "ip link set eth0 address 02:00:00:00:00:99";
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  private String rules() {
    return node.node().sh("nft list ruleset");
  }

  private boolean reachesGateway(String container) {
    return node.pod(container).attempt("ping", "-c1", "-W1", "10.244.1.1").exit() == 0;
  }

  private void lie(String container) {
    node.pod(container).sh(OTHER_MAC);
  }

  @Test
  void framesOfAnotherMacAreDroppedAndOnlyThosePodsAreLookedAt() {
    JsonObject pod = node.add("pod", CONF);
    node.add("unchecked", UNCHECKED);
    String veth = NodeCalls.hostVeth(pod);
    assertThat(rules())
        .isEqualTo(
            """
            table bridge flannelj_macspoofchk {
            	comment "flannel-j macspoofchk, version 1"
            	set ports {
            		type ifname
            		elements = { "%1$s" comment "net/pod/eth0" }
            	}

            	set senders {
            		type ifname . ether_addr
            		elements = { "%1$s" . 0a:58:0a:f4:01:02 comment "net/pod/eth0" }
            	}

            	chain prerouting {
            		type filter hook prerouting priority dstnat; policy accept;
            		iifname @ports iifname . ether saddr != @senders drop
            	}
            }
            """
                .formatted(veth));
    assertThat(reachesGateway("pod")).isTrue();
    lie("pod");
    assertThat(reachesGateway("pod")).isFalse();
    node.pod("pod").sh("ip link set eth0 address 0a:58:0a:f4:01:02");
    assertThat(reachesGateway("pod")).isTrue();
    lie("unchecked");
    assertThat(reachesGateway("unchecked")).isTrue();
  }

  @Test
  void delAndGcTakeThePodsElementsAway() {
    node.add("first", CONF);
    node.add("second", CONF);
    node.silent("first", "DEL", CONF);
    assertThat(rules()).contains("net/second/eth0").doesNotContain("net/first/eth0");
    String gc =
        NodeCalls.conf(
            "net", "10.244.1.0/24", ",\"macspoofchk\":true,\"cni.dev/valid-attachments\":[]");
    node.silent("any", "GC", gc);
    assertThat(rules()).doesNotContain("elements");
    node.add("second", CONF);
    // The runtime's configuration may have changed since.
    node.silent("second", "DEL", UNCHECKED);
    assertThat(rules()).doesNotContain("elements");
  }

  @Test
  void checkTellsOfMissingElementsAndRules() {
    JsonObject pod = node.add("pod", CONF);
    String check = NodeCalls.withPrevious(CONF, pod);
    node.silent("pod", "CHECK", check);
    node.node().sh("nft flush chain bridge flannelj_macspoofchk prerouting");
    assertThat(node.error("pod", "CHECK", check).text()).contains("macspoofchk");
    node.node().sh("nft delete table bridge flannelj_macspoofchk");
    assertThat(node.error("pod", "CHECK", check).text()).contains("macspoofchk");
  }

  @Test
  void withoutItThereIsNoTable() {
    node.add("unchecked", UNCHECKED);
    node.silent("unchecked", "DEL", UNCHECKED);
    assertThat(rules()).isEmpty();
  }
}
