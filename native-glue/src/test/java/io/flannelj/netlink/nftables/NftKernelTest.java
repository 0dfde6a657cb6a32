package io.flannelj.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.nftables.expression.NftData.Verdict;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.VerdictCode;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.AddressType;
import io.flannelj.netlink.nftables.statement.CtState;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What our batches make, as nft prints it. */
@RequiresRoot
class NftKernelTest {
  private static final TableName TABLE = TableName.ip("t");
  private static final ChainName CHAIN = TABLE.chain("c");

  private final TestNamespace namespace = new TestNamespace();
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

  @Test
  void masqueradingTable() {
    IpPrefix pod = IpPrefix.parse("10.244.1.0/24");
    IpPrefix net = IpPrefix.parse("10.240.0.0/12");
    ChainName postrtg = TABLE.chain("postrtg");
    new NftBatch()
        .add(Table.of(TABLE).withComment("rules for pods"))
        .add(
            Chain.base(postrtg, BaseChain.nat(Hook.POSTROUTING, BaseChain.PRIORITY_SRCNAT))
                .withComment("chain of masquerading"))
        .add(RuleWriter.rule(postrtg, Match.metaMark(0x4000, 0x4000), Action.return_()))
        .add(RuleWriter.rule(postrtg, Match.ipSaddr(pod), Match.ipDaddr(net), Action.return_()))
        .add(
            RuleWriter.rule(
                postrtg,
                "out of the cluster",
                Match.ipSaddr(net),
                Match.ipDaddrNot(IpPrefix.parse("224.0.0.0/4")),
                Action.masquerade(true)))
        .run(socket);

    assertThat(list())
        .isEqualTo(
            """
            table ip t {
            	comment "rules for pods"
            	chain postrtg {
            		comment "chain of masquerading"
            		type nat hook postrouting priority srcnat; policy accept;
            		meta mark & 0x00004000 == 0x00004000 return
            		ip saddr 10.244.1.0/24 ip daddr 10.240.0.0/12 return
            		ip saddr 10.240.0.0/12 ip daddr != 224.0.0.0/4 masquerade fully-random comment "out of the cluster"
            	}
            }
            """);
  }

  @Test
  void oneMapLookupForAllPorts() {
    SetType hostPort = SetType.of(DataType.INET_PROTO, DataType.INET_SERVICE);
    SetType target = SetType.of(DataType.IPV4_ADDR, DataType.INET_SERVICE);
    NftSet ports = NftSet.map(TABLE.set("ports"), hostPort, target);
    new NftBatch()
        .add(Table.of(TABLE))
        .add(ports)
        .add(Chain.base(CHAIN, BaseChain.nat(Hook.PREROUTING, BaseChain.PRIORITY_DSTNAT)))
        .add(
            RuleWriter.rule(
                CHAIN,
                Match.fibDaddrType(AddressType.LOCAL),
                Action.dnatToMap(ports, Field.L4PROTO, Field.TH_DPORT)))
        .add(
            ports,
            SetElement.of(Operand.protocol(6), Operand.port(8080))
                .to(Operand.address(Ipv4Address.parse("10.1.2.3")), Operand.port(80))
                .withComment("cid-1"))
        .run(socket);

    assertThat(list())
        .isEqualTo(
            """
            table ip t {
            	map ports {
            		type inet_proto . inet_service : ipv4_addr . inet_service
            		elements = { tcp . 8080 comment "cid-1" : 10.1.2.3 . 80 }
            	}

            	chain c {
            		type nat hook prerouting priority dstnat; policy accept;
            		fib daddr type local dnat ip to meta l4proto . th dport map @ports
            	}
            }
            """);
  }

  @Test
  void ranges() {
    NftSet nodes =
        NftSet.set(TABLE.set("nodes"), DataType.IPV4_ADDR)
            .with(SetFlag.INTERVAL)
            .withComment("node addresses");
    new NftBatch()
        .add(Table.of(TABLE))
        .add(nodes)
        .add(
            nodes,
            SetElement.prefix(IpPrefix.parse("10.0.0.0/24")),
            SetElement.prefix(IpPrefix.parse("10.0.1.0/24")),
            SetElement.prefix(IpPrefix.parse("240.0.0.0/4")),
            SetElement.of(Operand.address(Ipv4Address.parse("192.168.1.5"))))
        .add(Chain.base(CHAIN, BaseChain.filter(Hook.FORWARD, 0).withPolicyDrop()))
        .add(
            RuleWriter.rule(
                CHAIN,
                Match.in(nodes, Field.IP_SADDR),
                Match.ctState(CtState.ESTABLISHED, CtState.RELATED),
                Action.counter(),
                Action.accept()))
        .run(socket);

    assertThat(list())
        .isEqualTo(
            """
            table ip t {
            	set nodes {
            		type ipv4_addr
            		flags interval
            		comment "node addresses"
            		elements = { 10.0.0.0/24, 10.0.1.0/24,
            			     192.168.1.5, 240.0.0.0/4 }
            	}

            	chain c {
            		type filter hook forward priority filter; policy drop;
            		ip saddr @nodes ct state established,related counter packets 0 bytes 0 accept
            	}
            }
            """);
  }

  @Test
  void verdictMapsInTheBridgeFamily() {
    TableName bridge = TableName.bridge("nat");
    NftSet spoof = NftSet.verdictMap(bridge.set("spoof"), DataType.IFNAME);
    ChainName pre = bridge.chain("PREROUTING");
    ChainName veth = bridge.chain("veth1");
    MacAddress mac = MacAddress.parse("0a:58:0a:f4:01:02");
    new NftBatch()
        .add(Table.of(bridge))
        .add(spoof)
        .add(Chain.base(pre, BaseChain.filter(Hook.PREROUTING, BaseChain.PRIORITY_BRIDGE_DSTNAT)))
        .add(Chain.regular(veth))
        .add(RuleWriter.rule(pre, Action.vmap(spoof, Field.IIFNAME)))
        .add(RuleWriter.rule(veth, Match.etherSaddrNot(mac), Action.drop()))
        .add(
            spoof,
            SetElement.of(Operand.ifname("veth1")).to(new Verdict(VerdictCode.JUMP, "veth1")))
        .run(socket);

    assertThat(list())
        .isEqualTo(
            """
            table bridge nat {
            	map spoof {
            		type ifname : verdict
            		elements = { "veth1" : jump veth1 }
            	}

            	chain PREROUTING {
            		type filter hook prerouting priority dstnat; policy accept;
            		iifname vmap @spoof
            	}

            	chain veth1 {
            		ether saddr != 0a:58:0a:f4:01:02 drop
            	}
            }
            """);
  }

  @Test
  void aFailureNamesTheCommandAndChangesNothing() {
    NftBatch batch =
        new NftBatch()
            .add(Table.of(TABLE))
            .add(Chain.regular(CHAIN))
            .deleteRule(CHAIN, 77)
            .add(Chain.regular(TABLE.chain("d")));

    assertThatThrownBy(() -> batch.run(socket))
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
        .hasMessageContaining("delete rule ip t c handle 77");
    assertThat(list()).isEmpty();
  }

  @Test
  void aBatchForAnOlderGenerationIsRefused() {
    NftDump dump = new NftDump(socket);
    long before = dump.generation();
    new NftBatch().add(Table.of(TABLE)).run(socket);

    NftBatch late = new NftBatch().add(Chain.regular(CHAIN));
    assertThatThrownBy(() -> late.runAt(socket, before))
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ERESTART));
    late.runAt(socket, dump.generation());
    assertThat(dump.chains(TABLE)).containsExactly(Chain.regular(CHAIN));
  }

  private String list() {
    return namespace.run("nft", "list", "ruleset");
  }
}
