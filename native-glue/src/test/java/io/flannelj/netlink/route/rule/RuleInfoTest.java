package io.flannelj.netlink.route.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@code ip rule} has put into a real kernel, and what no kernel sends. */
class RuleInfoTest {
  private static final int RTM_NEWRULE = 32;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private static RuleInfo added(String arguments, int family) {
    try (TestNamespace node = new TestNamespace()) {
      node.sh("ip -" + (family == AF_INET ? 4 : 6) + " rule add priority 77 " + arguments);
      try (NetlinkSocket route = node.openRoute()) {
        return Rules.show(route, family).stream()
            .filter(rule -> rule.priority() == 77)
            .findFirst()
            .orElseThrow();
      }
    }
  }

  @Test
  @Tag("netns")
  @RequiresRoot
  void addressesInterfacesAndMark() {
    assertThat(
            added("from 10.244.1.0/24 to 10.244.0.0/16 iif lo fwmark 0x4000 lookup 1000", AF_INET))
        .isEqualTo(
            new RuleInfo(
                77,
                RuleInfo.FR_ACT_TO_TBL,
                1000,
                IpPrefix.parse("10.244.1.0/24"),
                IpPrefix.parse("10.244.0.0/16"),
                "lo",
                "",
                0x4000,
                -1,
                false,
                false));
  }

  @Test
  @Tag("netns")
  @RequiresRoot
  void aRuleThatNamesNothingMatchesEverything() {
    RuleInfo rule = added("oif lo prohibit", AF_INET6);
    assertThat(rule.source()).isEqualTo(IpPrefix.parse("::/0"));
    assertThat(rule.destination()).isEqualTo(IpPrefix.parse("::/0"));
    assertThat(rule.output()).isEqualTo("lo");
    assertThat(rule.action()).isEqualTo(RuleInfo.FR_ACT_PROHIBIT);
  }

  @Test
  @Tag("netns")
  @RequiresRoot
  void whatNarrowsWhatARuleMeans() {
    RuleInfo vpn = added("not fwmark 51820 lookup main suppress_prefixlength 0", AF_INET);
    assertThat(vpn.inverted()).isTrue();
    assertThat(vpn.suppressedLength()).isZero();
    assertThat(added("to fd00:10:244::/48 lookup 77", AF_INET6).destination())
        .isEqualTo(IpPrefix.parse("fd00:10:244::/48"));
  }

  @Test
  void whatIsNoRuleIsRefused() {
    assertThatThrownBy(() -> RuleInfo.of(message(new byte[11])))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("11 bytes");
    byte[] header = {AF_INET, 33, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    assertThatThrownBy(() -> RuleInfo.of(message(header)))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("prefix length 33");
  }

  private static NetlinkMessage message(byte[] body) {
    return new NetlinkMessage(
        RTM_NEWRULE, 0, 0, 0, ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()));
  }
}
