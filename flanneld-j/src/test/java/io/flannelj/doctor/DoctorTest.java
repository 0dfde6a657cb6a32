package io.flannelj.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.doctor.HostFacts.Checksums;
import io.flannelj.doctor.HostFacts.CniConfiguration;
import io.flannelj.doctor.HostFacts.DaemonView;
import io.flannelj.doctor.HostFacts.Device;
import io.flannelj.doctor.HostFacts.FilterChain;
import io.flannelj.doctor.HostFacts.Firewall;
import io.flannelj.doctor.HostFacts.LeaseView;
import io.flannelj.doctor.HostFacts.Leases;
import io.flannelj.doctor.HostFacts.LegacyRules;
import io.flannelj.doctor.HostFacts.Network;
import io.flannelj.doctor.HostFacts.Probes;
import io.flannelj.doctor.HostFacts.RuleView;
import io.flannelj.libc.LegacyFamily;
import io.flannelj.net.IpPrefix;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DoctorTest {
  private static final Network NETWORK =
      new Network(List.of(IpPrefix.parse("10.244.0.0/16")), "", 8472, "flannel.1", "eth0");

  static HostFacts facts(Firewall firewall) {
    return new HostFacts(
        Optional.of(new DaemonView(77, List.of(), List.of(), List.of())),
        NETWORK,
        "6.1.0-18-amd64",
        1L << 12,
        Map.of(
            "net/ipv4/ip_forward",
            "1",
            "net/ipv4/conf/all/rp_filter",
            "0",
            "net/ipv4/conf/flannel.1/rp_filter",
            "2",
            "net/bridge/bridge-nf-call-iptables",
            "1",
            "net/bridge/bridge-nf-call-ip6tables",
            "1",
            "net/ipv6/conf/all/forwarding",
            "1"),
        Map.of("eth0", new Device(1500, true), "flannel.1", new Device(1450, true)),
        firewall,
        Leases.of(
            new LeaseView("node1", "10.244.1.0/24", "192.0.2.11", "02:00:00:00:00:01"),
            new LeaseView("node2", "10.244.2.0/24", "192.0.2.12", "02:00:00:00:00:02")),
        List.of(new CniConfiguration("10-flannel.conflist", "cbr0", List.of("flannel", "portmap"))),
        List.of(),
        new Checksums(Optional.of(true), 0),
        new Probes(List.of("node2"), List.of()));
  }

  static Firewall none() {
    return new Firewall(List.of(), List.of(), List.of(), Optional.empty());
  }

  static Firewall nft(FilterChain... chains) {
    return new Firewall(List.of(chains), List.of(), List.of(), Optional.empty());
  }

  static Firewall legacy(LegacyFamily family, String... rules) {
    return new Firewall(
        List.of(),
        List.of(),
        List.of(new LegacyRules(family, List.of(rules), false)),
        Optional.empty());
  }

  static RuleView rule(String text) {
    return new RuleView(text, "", List.of());
  }

  static FilterChain input(boolean policyDrop, RuleView... rules) {
    return new FilterChain(
        "inet host", "input", true, policyDrop ? FilterChain.POLICY : "", List.of(rules));
  }

  private static FilterChain forward(boolean policyDrop, RuleView... rules) {
    return new FilterChain(
        "ip filter", "FORWARD", false, policyDrop ? FilterChain.POLICY : "", List.of(rules));
  }

  static Finding find(HostFacts facts, String check) {
    return Doctor.examine(facts).stream()
        .filter(finding -> finding.check().equals(check))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aHealthyNode() {
    List<Finding> findings = Doctor.examine(facts(none()));
    assertThat(Doctor.print(findings))
        .isEqualTo(
            """
            ok    daemon       ready, pid 77
            ok    network      10.244.0.0/16 over flannel.1
            ok    rivals       no other flanneld in this network namespace
            ok    leases       2, no MAC, public address or subnet twice
            ok    cni          10-flannel.conflist is the first, network cbr0
            ok    tunnel       1 of 1 peers asked answer an echo through the tunnel
            ok    kernel       6.1.0-18-amd64
            ok    capability   the daemon (pid 77) has CAP_NET_ADMIN
            ok    ip_forward   net.ipv4.ip_forward = 1
            ok    rp_filter    not strict on the tunnel and the device below it
            ok    br_netfilter bridge-nf-call-iptables = 1
            ok    mtu          flannel.1 1450, eth0 1500; what the network between the nodes takes: ping -M do -s 1472 NODE
            ok    checksum     flannel.1 tx-checksum-ip-generic on, 0 packets came with a wrong one
            ok    udp-port     nothing seen on this node drops UDP 8472; what firewalls between the nodes do is not known here (see tunnel)
            ok    forward      no chain drops what is forwarded from and to pods
            15 checks, 0 failed, 0 warnings
            """);
    assertThat(Doctor.isIll(findings)).isFalse();
  }

  @Test
  void aNodeWithEverythingWrong() {
    HostFacts ill =
        new HostFacts(
            Optional.empty(),
            NETWORK,
            "4.19.0",
            0,
            Map.of(
                "net/ipv4/ip_forward", "0",
                "net/ipv4/conf/all/rp_filter", "1"),
            Map.of("eth0", new Device(1450, true), "flannel.1", new Device(1450, true)),
            nft(
                input(false, rule("udp dport 8000-9000 counter packets 3 bytes 9 drop")),
                forward(true)),
            Leases.of(
                new LeaseView("node1", "10.244.1.0/24", "192.0.2.11", "02:00:00:00:00:01"),
                new LeaseView("node2", "10.244.2.0/24", "192.0.2.11", "02:00:00:00:00:01")),
            List.of(
                new CniConfiguration("05-other.conf", "other", List.of("bridge")),
                new CniConfiguration("10-flannel.conflist", "cbr0", List.of("flannel"))),
            List.of("pid 42 (/opt/bin/flanneld)"),
            new Checksums(Optional.of(true), 12),
            new Probes(List.of(), List.of("node2")));
    List<Finding> findings = Doctor.examine(ill);
    assertThat(Doctor.isIll(findings)).isTrue();
    assertThat(Doctor.print(findings))
        .isEqualTo(
            """
            warn  daemon       none answers: nothing follows the leases or mends the kernel; pods talk on
                               > systemctl start flanneld-j (or flanneld-j run)
            ok    network      10.244.0.0/16 over flannel.1
            FAIL  rivals       pid 42 (/opt/bin/flanneld): two daemons undo each other's routes and lease twice
                               > stop one of them: systemctl disable --now flanneld, or kubectl -n kube-flannel delete daemonset kube-flannel-ds
            FAIL  leases       MAC 02:00:00:00:00:01 of node1 and node2; public address 192.0.2.11 of node1 and node2: packets for one of them go to the other
                               > machines cloned from one image? on one of them: systemctl stop flanneld-j; ip link set flannel.1 address 02$(od -An -N5 -tx1 /dev/urandom | tr ' ' :); systemctl start flanneld-j; a node that is gone: remove its lease
            FAIL  cni          05-other.conf (network other, bridge) is the first: the runtime uses that network, not flannel's
                               > mv /etc/cni/net.d/05-other.conf /root/
            FAIL  tunnel       1 of 1 peers asked do not answer an echo through the tunnel: node2
                               > do they run? then see what arrives there: tcpdump -ni any udp port 8472; if nothing does, let UDP 8472 pass between the nodes (cloud security group, firewall)
            FAIL  kernel       4.19.0 is older than 5.14: it has no SO_NETNS_COOKIE, which ADD needs
                               > install a kernel from 5.14 on and reboot
            FAIL  capability   this process lacks CAP_NET_ADMIN: it may not change links, routes and nftables
                               > run doctor as root: what else it says may be wrong without
            FAIL  ip_forward   net.ipv4.ip_forward = 0: the kernel forwards no packet from or to a pod
                               > sysctl -w net.ipv4.ip_forward=1; echo net.ipv4.ip_forward=1 >>/etc/sysctl.d/90-flannel.conf
            warn  rp_filter    strict on flannel.1, eth0: packets that nodes send to pods with the address of another device are dropped, as is what comes another way than it goes (DirectRouting, several uplinks)
                               > sysctl -w net/ipv4/conf/flannel.1/rp_filter=2; sysctl -w net/ipv4/conf/eth0/rp_filter=2
            warn  br_netfilter the module is not loaded: a Service whose endpoint is on the caller's own bridge does not answer it; pods reach each other all the same
                               > modprobe br_netfilter; echo br_netfilter >/etc/modules-load.d/flannel.conf
            FAIL  mtu          flannel.1 1450, eth0 1450: at most 1400 fit; large packets are lost, small ones pass
                               > set Backend.MTU in net-conf.json to 1450 or less, or take it out, and restart the daemon
            warn  checksum     flannel.1 tx-checksum-ip-generic on, 12 packets came with a wrong one since boot: some kernels, NICs and hypervisors spoil those of encapsulated packets; connections then hang for 1, 3 or 63 s
                               > on the sending nodes: ethtool -K flannel.1 tx-checksum-ip-generic off
            FAIL  udp-port     inet host drops UDP 8472 (udp dport 8000-9000 counter packets 3 bytes 9 drop)
                               > nft insert rule inet host input udp dport 8472 accept
            FAIL  forward      ip filter FORWARD has policy drop and no rule for the pods: what they send or get is dropped
                               > nft insert rule ip filter FORWARD ip saddr 10.244.0.0/16 accept; nft insert rule ip filter FORWARD ip daddr 10.244.0.0/16 accept
            15 checks, 10 failed, 4 warnings
            """);
  }

  @Test
  void aPolicyDropIsJudgedByWhatIsAccepted() {
    assertThat(find(facts(nft(input(true, rule("iifname \"lo\" accept")))), "udp-port").verdict())
        .isEqualTo(Finding.Verdict.FAIL);
    assertThat(
            find(facts(nft(input(true, rule("ip saddr 192.0.2.0/24 accept")))), "udp-port")
                .verdict())
        .isEqualTo(Finding.Verdict.WARN);
    assertThat(
            find(facts(nft(input(true, rule("udp dport { 53, 8472 } accept")))), "udp-port")
                .verdict())
        .isEqualTo(Finding.Verdict.OK);
    RuleView iptables =
        new RuleView("ip protocol udp [ match ] drop", "", List.of(new int[] {8472, 8472}));
    assertThat(find(facts(nft(input(false, iptables))), "udp-port").verdict())
        .isEqualTo(Finding.Verdict.FAIL);
    assertThat(find(facts(nft(input(false, rule("udp dport 4789 drop")))), "udp-port").verdict())
        .isEqualTo(Finding.Verdict.OK);
  }

  @Test
  void aSubnetWithinAnotherOneIsNamed() {
    Leases leases =
        Leases.of(
            new LeaseView("node1", "10.244.4.0/22", "192.0.2.11", "02:00:00:00:00:01"),
            new LeaseView("node2", "10.244.6.0/24", "192.0.2.12", "02:00:00:00:00:02"),
            new LeaseView("node3", "10.244.8.0/24", "192.0.2.13", "02:00:00:00:00:03"));
    Finding finding = find(with(facts(none()), leases), "leases");
    assertThat(finding.verdict()).isEqualTo(Finding.Verdict.FAIL);
    assertThat(finding.text())
        .isEqualTo(
            "subnet 10.244.6.0/24 of node2 within 10.244.4.0/22 of node1: packets for one of them"
                + " go to the other");
    assertThat(finding.remedy()).contains("remove the lease of one and restart its daemon");
  }

  @Test
  void whereTheNetworkIsNotKnownAPolicyDropIsNotCalledWell() {
    Network unknown = new Network(List.of(), "net-conf.json cannot be read", 8472, "flannel.1", "");
    Finding nft = find(with(facts(nft(forward(true))), unknown), "forward");
    assertThat(nft.verdict()).isEqualTo(Finding.Verdict.WARN);
    assertThat(nft.text()).startsWith("ip filter FORWARD has policy drop, and the pods' network");
    RuleView ours = new RuleView("ip saddr 10.244.0.0/16 accept", "flanneld forward", List.of());
    assertThat(find(with(facts(nft(forward(true, ours))), unknown), "forward").verdict())
        .isEqualTo(Finding.Verdict.OK);
    Firewall legacy = legacy(LegacyFamily.IPV4, "-P FORWARD DROP");
    assertThat(find(with(facts(legacy), unknown), "forward").text())
        .startsWith("iptables-legacy FORWARD has policy DROP");
  }

  @Test
  void ourRulesInAForeignChainAreEnough() {
    RuleView ours = new RuleView("ip saddr 10.244.0.0/16 accept", "flanneld forward", List.of());
    assertThat(find(facts(nft(forward(true, ours))), "forward").verdict())
        .isEqualTo(Finding.Verdict.OK);
  }

  @Test
  void iptablesLegacyCountsToo() {
    Firewall docker =
        legacy(LegacyFamily.IPV4, "-P FORWARD DROP", "-A INPUT -p udp -m udp --dport 8472 -j DROP");
    assertThat(find(facts(docker), "forward").remedy())
        .isEqualTo(
            "iptables-legacy -I FORWARD -s 10.244.0.0/16 -j ACCEPT; iptables-legacy -I FORWARD -d"
                + " 10.244.0.0/16 -j ACCEPT");
    assertThat(find(facts(docker), "udp-port").verdict()).isEqualTo(Finding.Verdict.FAIL);
    Firewall unread =
        new Firewall(
            List.of(),
            List.of("ip x: EPERM"),
            List.of(new LegacyRules(LegacyFamily.IPV6, List.of(), true)),
            Optional.empty());
    assertThat(find(facts(unread), "firewall").text())
        .contains("ip x: EPERM")
        .contains("no program ip6tables-legacy here");
  }

  @Test
  void eachFamilyIsJudgedByItsOwnLegacyTable() {
    Firewall docker = legacy(LegacyFamily.IPV6, "-P FORWARD DROP");
    assertThat(find(facts(docker), "forward").verdict())
        .as("pods have no IPv6 here")
        .isEqualTo(Finding.Verdict.OK);
    Network dual =
        new Network(
            List.of(IpPrefix.parse("10.244.0.0/16"), IpPrefix.parse("fd00:10:244::/48")),
            "",
            8472,
            "flannel.1",
            "eth0");
    assertThat(FirewallChecks.run(with(facts(docker), dual)))
        .filteredOn(finding -> finding.check().equals("forward"))
        .extracting(Finding::remedy)
        .containsExactly(
            "ip6tables-legacy -I FORWARD -s fd00:10:244::/48 -j ACCEPT; ip6tables-legacy -I FORWARD"
                + " -d fd00:10:244::/48 -j ACCEPT");
  }

  @Test
  void inDualStackEachFamilyHasItsOwnMtu() {
    Network dual =
        new Network(
            List.of(IpPrefix.parse("10.244.0.0/16"), IpPrefix.parse("fd00:10:244::/48")),
            "",
            8472,
            "flannel.1",
            "eth0");
    HostFacts facts = with(facts(none()), dual);
    Map<String, Device> links = new HashMap<>(facts.links());
    links.put("flannel-v6.1", new Device(1430, true));
    links.put("cni0", new Device(1430, true));
    assertThat(find(with(facts, links), "mtu").text())
        .startsWith("flannel.1 1450, flannel-v6.1 1430, eth0 1500; what the network");
    assertThat(find(with(facts, links), "network").text()).endsWith("flannel.1, flannel-v6.1");
    links.put("cni0", new Device(1450, true));
    assertThat(find(with(facts, links), "mtu").remedy()).startsWith("ip link set cni0 mtu 1430");
    links.put("flannel-v6.1", new Device(1450, true));
    assertThat(find(with(facts, links), "mtu").text()).contains("at most 1430 fit");
    links.remove("flannel-v6.1");
    assertThat(find(with(facts, links), "mtu").text()).isEqualTo("flannel-v6.1 does not exist");
  }

  static HostFacts with(HostFacts facts, Map<String, Device> links) {
    return new HostFacts(
        facts.daemon(),
        facts.network(),
        facts.kernel(),
        facts.capabilities(),
        facts.sysctls(),
        links,
        facts.firewall(),
        facts.leases(),
        facts.cni(),
        facts.otherDaemons(),
        facts.checksums(),
        facts.probes());
  }

  static HostFacts with(HostFacts facts, Network network) {
    return new HostFacts(
        facts.daemon(),
        network,
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
  }

  static HostFacts with(HostFacts facts, Leases leases) {
    return new HostFacts(
        facts.daemon(),
        facts.network(),
        facts.kernel(),
        facts.capabilities(),
        facts.sysctls(),
        facts.links(),
        facts.firewall(),
        leases,
        facts.cni(),
        facts.otherDaemons(),
        facts.checksums(),
        facts.probes());
  }
}
