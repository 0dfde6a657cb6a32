package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.RulesPrinter;
import io.flannelj.desired.TrafficRules;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What we print is what nft prints after we wrote it; and there is no hook that nobody asked for.
 */
@Tag("netns")
@RequiresRoot
class RulesTableTest {
  private TestNamespace node;
  private NetlinkSocket netfilter;
  private RulesTable table;

  @BeforeEach
  void open() {
    node = new TestNamespace();
    netfilter = node.namespace().openNetlink(NetlinkFamily.NETFILTER);
    table = new RulesTable(netfilter);
  }

  @AfterEach
  void close() {
    netfilter.close();
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.244.0.0/16, 10.244.1.0/24, true, true",
    "10.244.0.0/16, 10.244.1.0/24, true, false",
    "10.244.0.0/16, 10.244.1.0/24, false, true",
    "10.244.0.0/16, 10.244.1.0/24, false, false",
    "fd00:10:244::/48, fd00:10:244:1::/64, true, true",
    "fd00:10:244::/48, fd00:10:244:1::/64, false, false",
  })
  void whatIsPrintedIsWhatNftPrints(
      String network, String subnet, boolean masquerade, boolean forward) {
    TrafficRules rules = rules(network, subnet, masquerade, forward);
    put(rules);
    assertThat(nft()).isEqualToIgnoringWhitespace(String.join("\n", RulesPrinter.print(rules)));
    assertThat(table.dumpOwned()).containsEntry(RulesPrinter.table(rules), rules);
  }

  @Test
  void switchedOffItTracksNoConnectionAnyMore() {
    put(rules("10.244.0.0/16", "10.244.1.0/24", true, true));
    put(rules("10.244.0.0/16", "10.244.1.0/24", false, true));
    assertThat(nft()).contains("hook forward").doesNotContain("type nat");
    put(rules("10.244.0.0/16", "10.244.1.0/24", false, false));
    assertThat(nft()).contains("table ip flannel-ipv4").doesNotContain("hook");
  }

  private void put(TrafficRules rules) {
    assertThat(table.apply(Map.of(RulesPrinter.table(rules), rules), Map.of())).isEmpty();
  }

  private String nft() {
    return node.run("nft", "list", "ruleset");
  }

  private static TrafficRules rules(
      String network, String subnet, boolean masquerade, boolean forward) {
    return new TrafficRules(
        IpPrefix.parse(network), IpPrefix.parse(subnet), masquerade, true, forward);
  }
}
