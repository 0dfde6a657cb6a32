package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.desired.TrafficRules;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Beside rules that iptables-legacy has written into a real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class LegacyForwardTest {
  private static final String FOREIGN = "-A FORWARD -s 192.0.2.0/24 -j DROP";
  private static final String FROM = ours("-s 10.244.0.0/16");
  private static final String TO = ours("-d 10.244.0.0/16");

  private final TestNamespace node = new TestNamespace();

  @BeforeEach
  void needsProgram() {
    assumeTrue(
        node.attempt("sh", "-c", "iptables-legacy -S").exit() == 0,
        "SKIPPED: no iptables-legacy, in this kernel or as a program");
    node.sh("iptables-legacy " + FOREIGN);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static String ours(String what) {
    return "-A FORWARD " + what + " -m comment --comment \"flanneld forward\" -j ACCEPT";
  }

  private static TrafficRules rules(String network, boolean forward) {
    IpPrefix prefix = IpPrefix.parse(network);
    return new TrafficRules(prefix, prefix, true, true, forward);
  }

  /** Whether something was to be done. */
  private boolean mend(String network, boolean forward) {
    return node.namespace()
        .call(
            () -> {
              TrafficRules rules = rules(network, forward);
              boolean right = LegacyForward.isRight(rules);
              if (!right) {
                LegacyForward.mend(rules);
                assertThat(LegacyForward.isRight(rules)).isTrue();
              }
              return !right;
            });
  }

  private List<String> chain() {
    return node.sh("iptables-legacy -S FORWARD").lines().skip(1).toList();
  }

  @Test
  void nothingIsDoneWhereNothingIsDropped() {
    assertThat(mend("10.244.0.0/16", true)).isFalse();
    assertThat(chain()).containsExactly(FOREIGN);
    try (TestNamespace other = new TestNamespace()) {
      other.namespace().call(() -> LegacyForward.isRight(rules("10.244.0.0/16", true)));
      boolean loaded = other.namespace().call(() -> LegacyFamily.IPV4.isLoaded("filter"));
      assertThat(loaded).as("looking loads no table").isFalse();
    }
  }

  @Test
  void aPolicyThatDropsGetsOurRulesOnce() {
    node.sh("iptables-legacy -P FORWARD DROP");
    assertThat(mend("10.244.0.0/16", true)).isTrue();
    assertThat(chain()).containsExactly(FOREIGN, TO, FROM);
    assertThat(mend("10.244.0.0/16", true)).isFalse();
    node.sh("iptables-legacy -D FORWARD 2");
    assertThat(mend("10.244.0.0/16", true)).isTrue();
    assertThat(chain()).containsExactly(FOREIGN, TO, FROM);
  }

  @Test
  void ourRulesComeBeforeOneThatRefusesAll() {
    node.sh("iptables-legacy -A FORWARD -j REJECT --reject-with icmp-host-prohibited");
    node.sh("iptables-legacy -A FORWARD -i eth7 -j ACCEPT");
    assertThat(mend("10.244.0.0/16", true)).isTrue();
    assertThat(chain())
        .containsExactly(
            FOREIGN,
            FROM,
            TO,
            "-A FORWARD -j REJECT --reject-with icmp-host-prohibited",
            "-A FORWARD -i eth7 -j ACCEPT");
    node.run("sh", "-c", "iptables-legacy -I FORWARD 2 -m comment --comment 'no more' -j DROP");
    assertThat(mend("10.244.0.0/16", true)).isTrue();
    assertThat(chain().subList(0, 3)).containsExactly(FOREIGN, FROM, TO);
  }

  @Test
  void whatIsLeftOfAnotherNetworkGoes() {
    node.sh("iptables-legacy -P FORWARD DROP");
    mend("10.1.0.0/16", true);
    node.sh("iptables-legacy -A FORWARD -d 10.1.0.0/16 -j ACCEPT");
    assertThat(mend("10.244.0.0/16", true)).isTrue();
    assertThat(chain()).containsExactly(FOREIGN, "-A FORWARD -d 10.1.0.0/16 -j ACCEPT", TO, FROM);
    assertThat(mend("10.244.0.0/16", false)).as("with --iptables-forward-rules=false").isTrue();
    assertThat(chain()).containsExactly(FOREIGN, "-A FORWARD -d 10.1.0.0/16 -j ACCEPT");
  }

  @Test
  void ip6tablesHasItsOwn() {
    assumeTrue(
        node.attempt("sh", "-c", "ip6tables-legacy -P FORWARD DROP").exit() == 0,
        "SKIPPED: this kernel has no ip6tables-legacy");
    assertThat(mend("fd00:10:244::/48", true)).isTrue();
    assertThat(node.sh("ip6tables-legacy -S FORWARD"))
        .contains(ours("-s fd00:10:244::/48"), ours("-d fd00:10:244::/48"));
    assertThat(mend("fd00:10:244::/48", true)).isFalse();
    assertThat(chain()).containsExactly(FOREIGN);
    assertThat(remove()).as("IPv6 is switched off").isTrue();
    assertThat(node.sh("ip6tables-legacy -S FORWARD").strip()).isEqualTo("-P FORWARD DROP");
    assertThat(remove()).isFalse();
  }

  private boolean remove() {
    return node.namespace().call(() -> LegacyForward.remove(LegacyFamily.IPV6));
  }
}
