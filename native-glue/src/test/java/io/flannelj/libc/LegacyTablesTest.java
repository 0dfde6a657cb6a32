package io.flannelj.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.net.IpAddress;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What iptables-legacy has written into a real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class LegacyTablesTest {
  private static final byte[] PODS = IpAddress.parse("10.244.0.0").toBytes();
  private static final int LENGTH = 16;
  private final TestNamespace node = new TestNamespace();

  @BeforeEach
  void needsProgram() {
    assumeTrue(
        Files.exists(Path.of("/usr/sbin/iptables-legacy")), "SKIPPED: apt-get install iptables");
    assumeTrue(
        node.attempt("iptables-legacy", "-S").exit() == 0,
        "SKIPPED: this kernel has no iptables-legacy");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private LegacyTables.Filter filter() {
    return filter(LegacyFamily.IPV4);
  }

  private LegacyTables.Filter filter(LegacyFamily family) {
    return node.namespace().call(() -> LegacyTables.filter(family));
  }

  private static boolean isLoaded(TestNamespace where) {
    return where.namespace().call(() -> LegacyFamily.IPV4.isLoaded("filter"));
  }

  @Test
  void aTableBelongsToTheNamespaceOfTheThreadThatAsks() {
    try (TestNamespace other = new TestNamespace()) {
      assertThat(isLoaded(other)).isFalse();
      assertThat(isLoaded(node)).isTrue();
    }
  }

  @Test
  void aChainIsFoundByItsWholeName() {
    node.sh("iptables-legacy -t nat -N CNI-DN-0123");
    node.sh("iptables-legacy -t nat -A POSTROUTING -s 192.0.2.1 -j CNI-DN-0123");
    node.sh("iptables-legacy -t nat -N other");
    assertThat(hasChain("CNI-DN-0123")).isTrue();
    assertThat(hasChain("other")).isTrue();
    assertThat(hasChain("CNI-DN-012")).isFalse();
    assertThat(hasChain("CNI-DN-01234")).isFalse();
    assertThat(hasChain("POSTROUTING")).as("built in, so without a name in the kernel").isFalse();
  }

  private boolean hasChain(String name) {
    return node.namespace().call(() -> LegacyTables.hasChain(LegacyFamily.IPV4, "nat", name));
  }

  @Test
  void thePolicyAndTheRulesThatAcceptAWholeNetworkAreRead() {
    assertThat(filter().forwardDrops()).isFalse();
    node.sh("iptables-legacy -P FORWARD DROP");
    LegacyTables.Filter drops = filter();
    assertThat(drops.forwardDrops()).isTrue();
    assertThat(drops.acceptsFrom(PODS, LENGTH)).isFalse();
    // Narrower than the network, or narrowed by something else.
    node.sh("iptables-legacy -A FORWARD -s 10.244.1.0/24 -j ACCEPT");
    node.sh("iptables-legacy -A FORWARD -s 10.244.0.0/16 -i eth7 -j ACCEPT");
    node.sh("iptables-legacy -A FORWARD -s 10.244.0.0/16 -p tcp -j ACCEPT");
    node.sh("iptables-legacy -A FORWARD -s 10.244.0.0/16 -j DROP");
    assertThat(filter().acceptsFrom(PODS, LENGTH)).isFalse();
    assertThat(filter()).isNotEqualTo(drops);
    node.sh("iptables-legacy -A FORWARD -s 192.0.2.0/24 -j ACCEPT");
    assertThat(filter().acceptsTo(PODS, LENGTH)).as("what only some may send").isFalse();
    node.sh("iptables-legacy -A FORWARD -s 10.244.0.0/16 -j ACCEPT");
    node.sh("iptables-legacy -A FORWARD -d 10.0.0.0/8 -m comment --comment pods -j ACCEPT");
    LegacyTables.Filter accepts = filter();
    assertThat(accepts.acceptsFrom(PODS, LENGTH)).isTrue();
    assertThat(accepts.acceptsTo(PODS, LENGTH)).isTrue();
    assertThat(filter()).isEqualTo(accepts);
  }

  @Test
  void aRuleThatRefusesAllIsLikeAPolicyAndWhatComesAfterItAcceptsNothing() {
    node.sh("iptables-legacy -A FORWARD -s 10.244.0.0/16 -m comment --comment some-text -j ACCEPT");
    node.sh("iptables-legacy -A FORWARD -i eth7 -j DROP");
    node.sh("iptables-legacy -A FORWARD -d 192.0.2.0/24 -j REJECT");
    assertThat(filter().forwardDrops()).isFalse();
    node.sh("iptables-legacy -A FORWARD -m comment --comment all -j REJECT");
    node.sh("iptables-legacy -A FORWARD -d 10.244.0.0/16 -j ACCEPT");
    LegacyTables.Filter rejects = filter();
    assertThat(rejects.forwardDrops()).isTrue();
    assertThat(rejects.acceptsFrom(PODS, LENGTH)).isTrue();
    assertThat(rejects.acceptsTo(PODS, LENGTH)).isFalse();
    assertThat(rejects.accepts())
        .extracting(LegacyTables.Accept::comment)
        .containsExactly("some-text");
    node.sh("iptables-legacy -R FORWARD 4 -j DROP");
    assertThat(filter().forwardDrops()).isTrue();
  }

  @Test
  void ip6tablesIsReadAsWell() {
    byte[] pods = IpAddress.parse("fd00:10:244::").toBytes();
    assumeTrue(
        node.attempt("ip6tables-legacy", "-S").exit() == 0,
        "SKIPPED: this kernel has no ip6tables-legacy");
    node.sh("ip6tables-legacy -P FORWARD DROP");
    node.sh("ip6tables-legacy -A FORWARD -s fd00:10:244:1::/64 -j ACCEPT");
    node.sh("ip6tables-legacy -A FORWARD -s fd00:10:244::/48 -i eth7 -j ACCEPT");
    node.sh("ip6tables-legacy -A FORWARD -s fd00:10:244::/48 -p tcp -j ACCEPT");
    LegacyTables.Filter drops = filter(LegacyFamily.IPV6);
    assertThat(drops.forwardDrops()).isTrue();
    assertThat(drops.acceptsFrom(pods, 48)).isFalse();
    node.sh("ip6tables-legacy -A FORWARD -s fd00:10:244::/48 -j ACCEPT");
    node.sh("ip6tables-legacy -A FORWARD -d fd00:10::/32 -m comment --comment pods -j ACCEPT");
    LegacyTables.Filter accepts = filter(LegacyFamily.IPV6);
    assertThat(accepts.acceptsFrom(pods, 48)).isTrue();
    assertThat(accepts.acceptsTo(pods, 48)).isTrue();
    assertThat(accepts.acceptsTo(IpAddress.parse("fd00:11::").toBytes(), 48)).isFalse();
  }
}
