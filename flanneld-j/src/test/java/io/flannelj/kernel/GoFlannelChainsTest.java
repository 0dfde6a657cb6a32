package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.TrafficRules;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On chains that iptables-nft makes, as Go flannel has it make them. */
@Tag("netns")
@RequiresRoot
class GoFlannelChainsTest {
  private TestNamespace node;
  private NetlinkSocket netfilter;
  private GoFlannelChains chains;

  @BeforeEach
  void open() {
    node = new TestNamespace();
    netfilter = node.namespace().call(() -> NetlinkSocket.open(NetlinkFamily.NETFILTER));
    chains = new GoFlannelChains(netfilter);
    iptables("iptables", "nat", "-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE");
    iptables("iptables", "filter", "-A FORWARD -s 172.17.0.0/16 -j ACCEPT");
    layDown("iptables", "10.244.0.0/16", "10.244.1.0/24", "224.0.0.0/4");
  }

  @AfterEach
  void close() {
    netfilter.close();
    node.close();
  }

  private void iptables(String program, String table, String rule) {
    node.run("sh", "-c", program + "-nft -t " + table + " " + rule);
  }

  private void layDown(String program, String network, String subnet, String multicast) {
    String comment = " -m comment --comment \"flanneld masq\" ";
    String post = "-A FLANNEL-POSTRTG ";
    iptables(program, "nat", "-N FLANNEL-POSTRTG");
    iptables(program, "nat", "-A POSTROUTING" + comment + "-j FLANNEL-POSTRTG");
    iptables(program, "nat", post + "-m mark --mark 0x4000/0x4000" + comment + "-j RETURN");
    iptables(program, "nat", post + "-s " + subnet + " -d " + network + comment + "-j RETURN");
    iptables(
        program,
        "nat",
        post + "-s " + network + " ! -d " + multicast + comment + "-j MASQUERADE --random-fully");
    comment = " -m comment --comment \"flanneld forward\" ";
    iptables(program, "filter", "-N FLANNEL-FWD");
    iptables(program, "filter", "-A FORWARD" + comment + "-j FLANNEL-FWD");
    iptables(program, "filter", "-A FLANNEL-FWD -s " + network + comment + "-j ACCEPT");
    iptables(program, "filter", "-A FLANNEL-FWD -d " + network + comment + "-j ACCEPT");
  }

  private static TrafficRules rules(String network, boolean masquerade, boolean forward) {
    IpPrefix whole = IpPrefix.parse(network);
    return new TrafficRules(
        whole, new IpPrefix(whole.address(), whole.length() + 8), masquerade, true, forward);
  }

  private String saved() {
    return node.run("sh", "-c", "iptables-nft-save; ip6tables-nft-save");
  }

  @Test
  void bothChainsGoWithTheirJumpsAndOthersStay() {
    assertThat(saved()).contains("-j FLANNEL-POSTRTG", ":FLANNEL-FWD");
    assertThat(chains.remove(List.of(rules("10.244.0.0/16", true, true)))).isEqualTo(2);
    assertThat(saved())
        .doesNotContain("FLANNEL")
        .contains("-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE")
        .contains("-A FORWARD -s 172.17.0.0/16 -j ACCEPT");
    assertThat(chains.remove(List.of(rules("10.244.0.0/16", true, true)))).isZero();
    assertThat(chains.remarks()).isEmpty();
  }

  @Test
  void whatOursDoNotReplaceStays() {
    assertThat(chains.remove(List.of(rules("10.244.0.0/16", false, true)))).isOne();
    assertThat(saved()).contains("-j FLANNEL-POSTRTG").doesNotContain("FLANNEL-FWD");
  }

  @Test
  void eachFamilyHasItsOwn() {
    layDown("ip6tables", "fd00:10:244::/48", "fd00:10:244:1::/64", "ff00::/8");
    assertThat(
            chains.remove(
                List.of(rules("10.244.0.0/16", true, true), rules("fd00:10:244::/48", true, true))))
        .isEqualTo(4);
    assertThat(saved()).doesNotContain("FLANNEL");
  }

  @Test
  void aChainThatSomebodyElseJumpsToStaysAndIsTold() {
    iptables("iptables", "nat", "-N MINE");
    iptables("iptables", "nat", "-A MINE -j FLANNEL-POSTRTG");
    assertThat(chains.remove(List.of(rules("10.244.0.0/16", true, true)))).isOne();
    assertThat(saved()).contains("-A POSTROUTING -m comment", ":FLANNEL-POSTRTG");
    assertThat(chains.remarks())
        .singleElement()
        .asString()
        .contains("FLANNEL-POSTRTG", "MINE", "somebody else");
  }

  @Test
  void aGoFlannelThatStillRunsIsNotFoughtForEver() {
    List<TrafficRules> ours = List.of(rules("10.244.0.0/16", true, true));
    assertThat(chains.remove(ours)).isEqualTo(2);
    for (int round = 0; round < 2; round++) {
      layDown("iptables", "10.244.0.0/16", "10.244.1.0/24", "224.0.0.0/4");
      assertThat(chains.remove(ours)).isEqualTo(2);
    }
    layDown("iptables", "10.244.0.0/16", "10.244.1.0/24", "224.0.0.0/4");
    assertThat(chains.remove(ours)).isZero();
    assertThat(chains.remarks())
        .hasSize(2)
        .allMatch(text -> text.contains("Go flannel seems to run"));
  }
}
