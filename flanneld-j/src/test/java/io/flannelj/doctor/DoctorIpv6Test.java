package io.flannelj.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.doctor.Finding.Verdict;
import io.flannelj.doctor.HostFacts.DaemonView;
import io.flannelj.doctor.HostFacts.Device;
import io.flannelj.doctor.HostFacts.FilterChain;
import io.flannelj.doctor.HostFacts.Firewall;
import io.flannelj.doctor.HostFacts.LeaseView;
import io.flannelj.doctor.HostFacts.Leases;
import io.flannelj.doctor.HostFacts.Network;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.IpPrefix;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the checks make of networks of IPv6 alone and of both families. */
class DoctorIpv6Test {
  private static final IpPrefix IPV4 = IpPrefix.parse("10.244.0.0/16");
  private static final IpPrefix IPV6 = IpPrefix.parse("fd00:10:244::/48");
  private static final Network ALONE = new Network(List.of(IPV6), "", 8472, "flannel-v6.1", "eth0");
  private static final Network DUAL =
      new Network(List.of(IPV4, IPV6), "", 8472, "flannel.1", "eth0");
  private static final Map<String, Device> LINKS =
      Map.of(
          "eth0",
          new Device(1500, true),
          "flannel.1",
          new Device(1450, true),
          "flannel-v6.1",
          new Device(1430, true));
  private static final Leases LEASES =
      Leases.of(lease(1, "2001:db8::11", "01"), lease(2, "2001:db8::12", "02"));

  private static LeaseView lease(int node, String publicIp, String mac) {
    return new LeaseView(
        "node" + node, "fd00:10:244:" + node + "::/64", publicIp, "02:00:00:00:06:" + mac);
  }

  private static LeaseView dual(int node, LeaseView ipv6) {
    return new LeaseView(
        "node" + node,
        "10.244." + node + ".0/24",
        "192.0.2.1" + node,
        "02:00:00:00:00:0" + node,
        Optional.of(ipv6));
  }

  private static HostFacts facts(
      Network network, Map<String, String> sysctls, Firewall firewall, Leases leases) {
    HostFacts facts = DoctorTest.with(DoctorTest.with(DoctorTest.facts(firewall), network), LINKS);
    Map<String, String> all = new HashMap<>(facts.sysctls());
    all.putAll(sysctls);
    all.values().removeIf(String::isEmpty);
    return new HostFacts(
        facts.daemon(),
        network,
        facts.kernel(),
        facts.capabilities(),
        all,
        facts.links(),
        firewall,
        leases,
        facts.cni(),
        facts.otherDaemons(),
        facts.checksums(),
        facts.probes());
  }

  private static HostFacts facts(Network network, Map<String, String> sysctls) {
    return facts(network, sysctls, DoctorTest.none(), LEASES);
  }

  private static FilterChain chain(String table, boolean input, String... rules) {
    return new FilterChain(
        table,
        "it",
        input,
        FilterChain.POLICY,
        List.of(rules).stream().map(DoctorTest::rule).toList());
  }

  private static Finding find(HostFacts facts, String check) {
    return DoctorTest.find(facts, check);
  }

  @Test
  void aHealthyNodeOfIpv6Alone() {
    List<Finding> findings =
        Doctor.examine(
            facts(ALONE, Map.of("net/ipv4/ip_forward", "0", "net/ipv4/conf/all/rp_filter", "1")));
    assertThat(findings).allMatch(finding -> finding.verdict() == Verdict.OK);
    assertThat(Doctor.print(findings))
        .contains(
            "network      fd00:10:244::/48 over flannel-v6.1\n",
            "leases       2, no MAC, public address or subnet twice\n",
            "ip_forward   net.ipv6.conf.all.forwarding = 1\n",
            "rp_filter    IPv6 has none\n",
            "br_netfilter bridge-nf-call-ip6tables = 1\n",
            "mtu          flannel-v6.1 1430, eth0 1500; ",
            "ping -M do -s 1452 NODE\n");
  }

  @Test
  void whatTwoLeasesShareIsNamedInEitherFamily() {
    Leases twins = Leases.of(lease(1, "2001:db8::11", "01"), lease(2, "2001:db8::11", "01"));
    Finding alone = find(facts(ALONE, Map.of(), DoctorTest.none(), twins), "leases");
    assertThat(alone.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(alone.text())
        .startsWith(
            "MAC 02:00:00:00:06:01 of node1 and node2; public address 2001:db8::11 of node1 and"
                + " node2: ");
    assertThat(alone.remedy()).contains("ip link set flannel-v6.1 address 02");

    Leases halves = Leases.of(dual(1, twins.known().get(0)), dual(2, twins.known().get(1)));
    Finding both = find(facts(DUAL, Map.of(), DoctorTest.none(), halves), "leases");
    assertThat(both.text()).isEqualTo(alone.text());
    assertThat(both.remedy()).isEqualTo(alone.remedy());

    LeaseView sameMac =
        new LeaseView("node1", "fd00:10:244:1::/64", "2001:db8::11", "02:00:00:00:00:01");
    assertThat(
            find(facts(DUAL, Map.of(), DoctorTest.none(), Leases.of(dual(1, sameMac))), "leases")
                .text())
        .as("a node's own two devices")
        .isEqualTo("1, no MAC, public address or subnet twice");
  }

  @Test
  void theBridgesFilterIsJudgedByFamily() {
    String ip6tables = "net/bridge/bridge-nf-call-ip6tables";
    assertThat(find(facts(DUAL, Map.of()), "br_netfilter").text())
        .isEqualTo("bridge-nf-call-iptables = 1, bridge-nf-call-ip6tables = 1");
    Finding off = find(facts(DUAL, Map.of(ip6tables, "0")), "br_netfilter");
    assertThat(off.verdict()).isEqualTo(Verdict.WARN);
    assertThat(off.text()).startsWith("bridge-nf-call-iptables = 1, bridge-nf-call-ip6tables = 0:");
    assertThat(off.remedy()).isEqualTo("sysctl -w net.bridge.bridge-nf-call-ip6tables=1");
    assertThat(
            find(facts(ALONE, Map.of("net/bridge/bridge-nf-call-iptables", "0")), "br_netfilter")
                .verdict())
        .isEqualTo(Verdict.OK);
    HostFacts ipv4 = facts(DoctorTest.facts(DoctorTest.none()).network(), Map.of(ip6tables, "0"));
    assertThat(find(ipv4, "br_netfilter").text()).isEqualTo("bridge-nf-call-iptables = 1");
  }

  @Test
  void whatThisKernelLacksIsAStatementAndNoError() {
    Map<String, String> noModule =
        Map.of("net/bridge/bridge-nf-call-iptables", "", "net/bridge/bridge-nf-call-ip6tables", "");
    for (Network network : List.of(ALONE, DUAL)) {
      List<Finding> findings = Doctor.examine(facts(network, noModule));
      assertThat(Doctor.isIll(findings)).isFalse();
      Finding module = find(facts(network, noModule), "br_netfilter");
      assertThat(module.text()).startsWith("the module is not loaded: ");
      assertThat(module.remedy()).startsWith("modprobe br_netfilter");
    }

    Map<String, String> noIpv6 =
        Map.of("net/ipv6/conf/all/forwarding", "", "net/bridge/bridge-nf-call-ip6tables", "");
    HostFacts half =
        DoctorTest.with(
            facts(DUAL, noIpv6),
            Map.of("eth0", new Device(1500, true), "flannel.1", new Device(1450, true)));
    List<Finding> findings = Doctor.examine(half);
    assertThat(Doctor.isIll(findings)).isFalse();
    assertThat(findings)
        .filteredOn(finding -> finding.verdict() == Verdict.WARN)
        .extracting(Finding::text)
        .containsExactly("this kernel has no IPv6 (ipv6.disable=1?): pods get IPv4 only");
    assertThat(find(half, "mtu").text()).startsWith("flannel.1 1450, eth0 1500;");
    assertThat(find(half, "br_netfilter").text()).isEqualTo("bridge-nf-call-iptables = 1");

    Finding nothing = find(facts(ALONE, noIpv6), "ipv6");
    assertThat(nothing.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(nothing.text())
        .isEqualTo("this kernel has no IPv6 (ipv6.disable=1?): pods get no address");
    assertThat(nothing.remedy()).contains("boot without ipv6.disable=1", "enable IPv4");
  }

  @Test
  void whatStatusSaysOfItsLimitsAndOfOthersIsSaidHereToo() {
    HostFacts facts = facts(DUAL, Map.of());
    HostFacts told =
        new HostFacts(
            Optional.of(
                new DaemonView(
                    77,
                    List.of(),
                    List.of("IPv6: this kernel has none", "br_netfilter is not loaded: ..."),
                    List.of("a foreign route shadows ours"))),
            facts.network(),
            facts.kernel(),
            facts.capabilities(),
            facts.sysctls(),
            facts.links(),
            facts.firewall(),
            facts.leases(),
            facts.cni(),
            facts.otherDaemons(),
            facts.checksums(),
            facts.probes());
    assertThat(Doctor.examine(told))
        .filteredOn(finding -> finding.verdict() == Verdict.WARN)
        .extracting(Finding::text)
        .as("the bridge's filter has a check of its own")
        .containsExactly("IPv6: this kernel has none", "a foreign route shadows ours");
  }

  @Test
  void aFilterCountsOnlyForTheFamilyItSees() {
    Firewall ipv4 = DoctorTest.nft(chain("ip filter", true), chain("ip filter", false));
    assertThat(find(facts(ALONE, Map.of(), ipv4, LEASES), "udp-port").verdict())
        .isEqualTo(Verdict.OK);
    assertThat(find(facts(ALONE, Map.of(), ipv4, LEASES), "forward").verdict())
        .isEqualTo(Verdict.OK);
    Firewall ipv6 = DoctorTest.nft(chain("ip6 filter", true), chain("ip6 filter", false));
    assertThat(find(facts(ALONE, Map.of(), ipv6, LEASES), "udp-port").remedy())
        .isEqualTo("nft insert rule ip6 filter it udp dport 8472 accept");
    assertThat(find(facts(DUAL, Map.of(), ipv6, LEASES), "forward").remedy())
        .as("a table of IPv6 takes no IPv4 rule")
        .isEqualTo(
            "nft insert rule ip6 filter it ip6 saddr fd00:10:244::/48 accept; nft insert rule ip6"
                + " filter it ip6 daddr fd00:10:244::/48 accept");
    Firewall both = DoctorTest.nft(chain("ip filter", false), chain("ip6 filter", false));
    assertThat(find(facts(DUAL, Map.of(), both, LEASES), "forward").remedy())
        .contains("ip filter it ip saddr 10.244.0.0/16", "ip6 filter it ip6 saddr fd00:10:244::");
    Firewall half =
        DoctorTest.nft(
            chain("inet host", false, "ip saddr 10.244.0.0/16 accept", "ip daddr ... accept"));
    Finding rest = find(facts(DUAL, Map.of(), half, LEASES), "forward");
    assertThat(rest.text()).contains("no rule for the pods of fd00:10:244::/48");
    assertThat(rest.remedy()).doesNotContain("10.244.0.0");
  }

  @Test
  void ofIptablesLegacyTooOnlyTheOwnFamilyCounts() {
    String drop = "-A INPUT -p udp -m udp --dport 8472 -j DROP";
    assertThat(
            find(
                    facts(ALONE, Map.of(), DoctorTest.legacy(LegacyFamily.IPV4, drop), LEASES),
                    "udp-port")
                .verdict())
        .isEqualTo(Verdict.OK);
    assertThat(
            find(
                    facts(ALONE, Map.of(), DoctorTest.legacy(LegacyFamily.IPV6, drop), LEASES),
                    "udp-port")
                .remedy())
        .isEqualTo("ip6tables-legacy -I INPUT -p udp --dport 8472 -j ACCEPT");
  }
}
