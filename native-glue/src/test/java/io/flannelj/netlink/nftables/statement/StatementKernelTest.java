package io.flannelj.netlink.nftables.statement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetType;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.NatFlag;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.text.NftText;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every match and action means what nft's words mean: nft lists our rules in those words, and makes
 * the same expressions of them.
 */
@RequiresRoot
class StatementKernelTest {
  private final TestNamespace namespace = new TestNamespace();
  private final Map<String, Statement[]> cases = new LinkedHashMap<>();
  private NetlinkSocket socket;

  @BeforeEach
  void open() {
    socket = namespace.namespace().openNetlink(NetlinkFamily.NETFILTER);
  }

  @AfterEach
  void close() {
    socket.close();
    namespace.close();
  }

  private void says(String words, Statement... statements) {
    cases.put(words, statements);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text);
  }

  private static Bytes address(String text) {
    return Operand.address(IpAddress.parse(text));
  }

  private void check(ChainName chain, BaseChain base, NftSet... sets) {
    NftBatch batch = new NftBatch().add(Table.of(chain.table()));
    for (NftSet set : sets) {
      batch.add(set);
    }
    batch.add(Chain.base(chain, base)).add(Chain.regular(chain.table().chain("sub")));
    List<Rule> rules = new ArrayList<>();
    cases.values().forEach(statements -> rules.add(RuleWriter.rule(chain, statements)));
    batch.addAll(rules).run(socket);

    List<Rule> ours = new NftDump(socket).rules(chain).stream().map(Rule::normalised).toList();
    assertThat(ours).as("the kernel keeps them as they are").isEqualTo(rules);
    assertThat(rules.stream().map(NftText::of)).containsExactlyElementsOf(cases.keySet());
    assertThat(namespace.sh("nft list chain " + chain).lines().map(String::strip).toList())
        .containsAll(cases.keySet().stream().map(StatementKernelTest::asOldNftPrints).toList());

    new NftBatch().flush(chain).run(socket);
    cases.keySet().forEach(words -> namespace.run("nft", "add rule " + chain + " " + words));
    List<Rule> made = new NftDump(socket).rules(chain).stream().map(Rule::normalised).toList();
    assertThat(made).as("nft makes the same of the words").isEqualTo(rules);
  }

  /** nft 1.0.6 loses two words when it lists a map of address and port. */
  private static String asOldNftPrints(String words) {
    return words.replace("ip addr . port to", "ip to").replace("ip6 addr . port to", "ip6 to");
  }

  @Test
  void filterInIpv4() {
    TableName table = TableName.ip("t");
    NftSet nodes = NftSet.set(table.set("nodes"), DataType.IPV4_ADDR);
    NftSet pairs = NftSet.set(table.set("pairs"), DataType.IPV4_ADDR, DataType.INET_SERVICE);
    NftSet jumps = NftSet.verdictMap(table.set("jumps"), DataType.IFNAME);
    says("ip saddr 10.0.0.0/8 accept", Match.ipSaddr(prefix("10.0.0.0/8")), Action.accept());
    says("ip saddr 10.1.0.0/20 accept", Match.ipSaddr(prefix("10.1.0.0/20")), Action.accept());
    says("ip saddr 10.1.2.3 drop", Match.ipSaddr(prefix("10.1.2.3/32")), Action.drop());
    says(
        "ip daddr != 10.1.2.0/24 return",
        Match.ipDaddrNot(prefix("10.1.2.0/24")),
        Action.return_());
    says(
        "ip saddr != 10.0.0.0/12 goto sub",
        Match.ipSaddrNot(prefix("10.0.0.0/12")),
        Action.goto_("sub"));
    says("ip saddr @nodes jump sub", Match.in(nodes, Field.IP_SADDR), Action.jump("sub"));
    says("ip saddr != @nodes drop", Match.notIn(nodes, Field.IP_SADDR), Action.drop());
    says("ip daddr . tcp dport @pairs", Match.in(pairs, Field.IP_DADDR, Field.TCP_DPORT));
    says("iifname vmap @jumps", Action.vmap(jumps, Field.IIFNAME));
    says("meta mark 0x00000001", Match.metaMark(1));
    says("meta mark & 0x00004000 == 0x00004000", Match.metaMark(0x4000, 0x4000));
    says("meta mark & 0x00004000 != 0x00004000", Match.metaMarkNot(0x4000, 0x4000));
    says("ct mark & 0x000000ff == 0x00000001", Match.ctMark(0xff, 1));
    says("iifname \"cni0\"", Match.iifname("cni0"));
    says("iifname != \"cni*\"", Match.iifnameNot("cni*"));
    says("oifname \"veth*\"", Match.oifname("veth*"));
    says("oifname != \"flannel.1\"", Match.oifnameNot("flannel.1"));
    says("meta l4proto sctp", Match.l4proto(132));
    says("tcp dport 80", Match.tcpDport(80));
    says("udp dport 53 counter packets 0 bytes 0", Match.udpDport(53), Action.counter());
    says(
        "tcp dport 30000-32767",
        Match.range(Field.TCP_DPORT, Operand.port(30000), Operand.port(32767)));
    says(
        "udp sport != 1-1023",
        Match.rangeNot(Field.UDP_SPORT, Operand.port(1), Operand.port(1023)));
    says("ct state established,related", Match.ctState(CtState.ESTABLISHED, CtState.RELATED));
    says("ct state invalid drop", Match.ctState(CtState.INVALID), Action.drop());
    says("ct status dnat", Match.ctStatus(CtStatus.DNAT));
    says("fib daddr type local", Match.fibDaddrType(AddressType.LOCAL));
    says("fib saddr type local", Match.fibSaddrType(AddressType.LOCAL));
    says("meta mark set 0x00002000", Action.setMark(0x2000));
    says("meta mark set meta mark | 0x00002000", Action.orMark(0x2000));
    says("ct mark set meta mark", Action.saveMark());
    says("meta mark set ct mark", Action.restoreMark());
    says("limit rate 10/second", Action.limitPerSecond(10, 5));
    says("limit rate 10/second burst 20 packets", Action.limitPerSecond(10, 20));
    says("log prefix \"dropped \"", Action.log("dropped "));
    says("tcp dport 81 reject", Match.tcpDport(81), Action.reject());
    check(table.chain("c"), BaseChain.filter(Hook.FORWARD, 0), nodes, pairs, jumps);
  }

  @Test
  void natInIpv4() {
    TableName table = TableName.ip("t");
    NftSet ports =
        NftSet.map(
            table.set("ports"),
            SetType.of(DataType.INET_PROTO, DataType.INET_SERVICE),
            SetType.of(DataType.IPV4_ADDR, DataType.INET_SERVICE));
    says(
        "tcp dport 80 dnat to 10.1.2.3:8080",
        Match.tcpDport(80),
        Action.dnat(IpAddress.parse("10.1.2.3"), 8080));
    says("dnat to 10.1.2.3", Action.dnat(IpAddress.parse("10.1.2.3")));
    says("udp dport 53 redirect to :5353", Match.udpDport(53), Action.redirect(5353));
    says(
        "fib daddr type local dnat ip addr . port to meta l4proto . th dport map @ports",
        Match.fibDaddrType(AddressType.LOCAL),
        Action.dnatToMap(ports, Field.L4PROTO, Field.TH_DPORT));
    check(table.chain("c"), BaseChain.nat(Hook.PREROUTING, BaseChain.PRIORITY_DSTNAT), ports);
  }

  @Test
  void sourceNatInIpv6() {
    says(
        "ip6 saddr fd00::/64 masquerade",
        Match.ipSaddr(prefix("fd00::/64")),
        Action.masquerade(false));
    says(
        "ip6 daddr != ff00::/8 masquerade fully-random",
        Match.ipDaddrNot(prefix("ff00::/8")),
        Action.masquerade(true));
    says("masquerade random,persistent", Action.masquerade(NatFlag.RANDOM, NatFlag.PERSISTENT));
    says(
        "ip6 saddr fd00::1 snat to fd00::2",
        Match.ipSaddr(prefix("fd00::1/128")),
        Action.snat(IpAddress.parse("fd00::2")));
    check(
        TableName.ip6("t").chain("c"), BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT));
  }

  @Test
  void destinationNatInIpv6() {
    TableName table = TableName.ip6("t");
    NftSet ports =
        NftSet.map(
            table.set("ports"),
            SetType.of(DataType.INET_PROTO, DataType.INET_SERVICE),
            SetType.of(DataType.IPV6_ADDR, DataType.INET_SERVICE));
    says(
        "tcp dport 80 dnat to [fd00::1]:8080",
        Match.tcpDport(80),
        Action.dnat(IpAddress.parse("fd00::1"), 8080));
    says(
        "dnat ip6 addr . port to meta l4proto . th dport map @ports",
        Action.dnatToMap(ports, Field.L4PROTO, Field.TH_DPORT));
    check(table.chain("c"), BaseChain.nat(Hook.PREROUTING, BaseChain.PRIORITY_DSTNAT), ports);
  }

  @Test
  void protocolsAreCheckedInInet() {
    says(
        "ip saddr 10.0.0.0/8 ip daddr 10.1.2.3 drop",
        Match.ipSaddr(prefix("10.0.0.0/8")),
        Match.ipDaddr(prefix("10.1.2.3/32")),
        Action.drop());
    says(
        "ip6 saddr fd00::/48 tcp dport 80 accept",
        Match.ipSaddr(prefix("fd00::/48")),
        Match.tcpDport(80),
        Action.accept());
    says("meta nfproto ipv6 accept", Match.nfproto(false), Action.accept());
    says("tcp dport 80 reject", Match.tcpDport(80), Action.reject());
    says("notrack", Action.notrack());
    check(
        TableName.inet("t").chain("c"), BaseChain.filter(Hook.PREROUTING, BaseChain.PRIORITY_RAW));
  }

  @Test
  void bridge() {
    MacAddress mac = MacAddress.parse("0a:58:0a:f4:01:02");
    says("ether saddr 0a:58:0a:f4:01:02 return", Match.etherSaddr(mac), Action.return_());
    says("ether saddr != 0a:58:0a:f4:01:02 drop", Match.etherSaddrNot(mac), Action.drop());
    says("ip saddr 10.1.2.3 drop", Match.ipSaddr(prefix("10.1.2.3/32")), Action.drop());
    says("ip6 saddr fd00::1 drop", Match.ipSaddr(prefix("fd00::1/128")), Action.drop());
    says(
        "arp saddr ip 10.1.2.3 drop",
        Match.is(Field.ARP_SADDR_IP, address("10.1.2.3")),
        Action.drop());
    check(
        TableName.bridge("t").chain("c"),
        BaseChain.filter(Hook.PREROUTING, BaseChain.PRIORITY_BRIDGE_DSTNAT));
  }

  @Test
  void aMatchOfAnotherFamilyIsRefused() {
    ChainName chain = TableName.ip6("t").chain("c");
    assertThatThrownBy(() -> RuleWriter.rule(chain, Match.ipSaddr(prefix("10.0.0.0/8"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("IPv4 match in a table of the family ip6");
    assertThatThrownBy(
            () -> RuleWriter.rule(chain, Match.etherSaddr(MacAddress.parse("02:00:00:00:00:01"))))
        .hasMessageContaining("ether addresses in a table of the family ip6");
  }
}
