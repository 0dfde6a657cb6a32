package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.desired.TrafficRules;
import io.flannelj.net.IpPrefix;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On chains that iptables-legacy makes, as Go flannel has it make them. */
@Tag("netns")
@RequiresRoot
class GoFlannelLegacyChainsTest {
  private static final List<TrafficRules> OURS =
      List.of(
          new TrafficRules(
              IpPrefix.parse("10.244.0.0/16"), IpPrefix.parse("10.244.1.0/24"), true, true, true));

  private final GoFlannelLegacyChains chains = new GoFlannelLegacyChains();
  private TestNamespace node;

  @BeforeEach
  void layDown() {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/iptables-legacy")),
        "no iptables-legacy: apt-get install iptables");
    node = new TestNamespace();
    iptables("-t nat -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE");
    iptables("-t nat -N FLANNEL-POSTRTG");
    iptables("-t nat -A POSTROUTING -m comment --comment 'flanneld masq' -j FLANNEL-POSTRTG");
    iptables("-t nat -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE");
    iptables("-N FLANNEL-FWD");
    iptables("-A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD");
    iptables("-A FLANNEL-FWD -s 10.244.0.0/16 -j ACCEPT");
  }

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
  }

  private void iptables(String rule) {
    node.run("sh", "-c", "iptables-legacy " + rule);
  }

  private int remove() {
    return node.namespace().call(() -> chains.remove(OURS));
  }

  private String saved() {
    return node.run("iptables-legacy-save");
  }

  @Test
  void bothChainsGoWithTheirJumpsAndOthersStay() {
    assertThat(saved()).contains("-j FLANNEL-POSTRTG", ":FLANNEL-FWD");
    assertThat(remove()).isEqualTo(2);
    assertThat(saved())
        .doesNotContain("FLANNEL")
        .contains("-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE");
    assertThat(remove()).isZero();
    assertThat(chains.remarks()).isEmpty();
  }

  @Test
  void aChainThatSomebodyElseJumpsToStaysAndIsTold() {
    iptables("-t nat -N MINE");
    iptables("-t nat -A MINE -j FLANNEL-POSTRTG");
    assertThat(remove()).isOne();
    assertThat(saved()).contains(":FLANNEL-POSTRTG", "masq").doesNotContain("FLANNEL-FWD");
    assertThat(chains.remarks())
        .singleElement()
        .asString()
        .contains("FLANNEL-POSTRTG", "-A MINE -j");
  }

  @Test
  void aNodeWithoutLegacyTablesGetsNone() {
    try (TestNamespace other = new TestNamespace()) {
      assertThat(other.namespace().<Integer>call(() -> chains.remove(OURS))).isZero();
      assertThat(other.run("cat", "/proc/self/net/ip_tables_names")).isEmpty();
    }
  }
}
