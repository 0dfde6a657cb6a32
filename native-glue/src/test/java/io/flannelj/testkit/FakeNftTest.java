package io.flannelj.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.NftMessages;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.Rule;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetFlag;
import io.flannelj.netlink.nftables.SetType;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.nftables.expression.NftData.Verdict;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.expression.VerdictCode;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The fake against the real kernel, and what only the fake can do. */
class FakeNftTest {
  private static final TableName T = TableName.ip("t");
  private static final ChainName C = T.chain("c");
  private static final ChainName SUB = T.chain("sub");
  private static final NftSet PORTS =
      NftSet.map(T.set("ports"), SetType.of(DataType.INET_SERVICE), SetType.of(DataType.IPV4_ADDR));
  private static final NftSet NETS =
      NftSet.set(T.set("nets"), DataType.IPV4_ADDR).with(SetFlag.INTERVAL);
  private static final NftSet PAIRS =
      NftSet.set(T.set("pairs"), DataType.IPV4_ADDR, DataType.INET_SERVICE).with(SetFlag.INTERVAL);
  private static final NftSet JUMPS = NftSet.verdictMap(T.set("jumps"), DataType.IFNAME);
  private static final SetElement VETH_TO_SUB =
      SetElement.of(Operand.ifname("veth1")).to(new Verdict(VerdictCode.JUMP, "sub"));

  @Test
  @RequiresRoot
  void theKernelAnswersTheSame() {
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket kernel = namespace.namespace().openNetlink(NetlinkFamily.NETFILTER)) {
      FakeNft fake = new FakeNft();
      assertThat(scenario(fake)).isEqualTo(scenario(kernel));
      assertThat(new NftDump(fake).content(T).map(TableContent::normalised))
          .isEqualTo(new NftDump(kernel).content(T).map(TableContent::normalised));
    }
  }

  private static SetElement port(int port, String address) {
    return SetElement.of(Operand.port(port)).to(Operand.address(Ipv4Address.parse(address)));
  }

  private static SetElement net(String prefix) {
    return SetElement.prefix(IpPrefix.parse(prefix));
  }

  private static List<String> scenario(NetlinkTransport nft) {
    List<String> outcomes = new ArrayList<>();
    tables(nft, outcomes);
    elements(nft, outcomes);
    rules(nft, outcomes);
    return outcomes;
  }

  private static void tables(NetlinkTransport nft, List<String> outcomes) {
    outcomes.add(run(nft, new NftBatch().add(Chain.regular(C))));
    outcomes.add(run(nft, new NftBatch().delete(T)));
    outcomes.add(run(nft, new NftBatch().deleteIfExists(T)));
    outcomes.add(run(nft, new NftBatch().add(Table.of(T).withComment("x")).add(Table.of(T))));
    Chain base = Chain.base(C, BaseChain.filter(Hook.FORWARD, 0));
    outcomes.add(run(nft, new NftBatch().add(base).add(base).add(Chain.regular(SUB))));
    outcomes.add(run(nft, new NftBatch().add(PORTS).add(NETS).add(JUMPS).add(PAIRS)));
    outcomes.add(run(nft, new NftBatch().add(PORTS)));
    outcomes.add(run(nft, new NftBatch().add(NftSet.set(PORTS.name(), DataType.INET_SERVICE))));
    outcomes.add("" + new NftDump(nft).table(TableName.ip6("t")));
    outcomes.add("" + new NftDump(nft).chain(T.chain("none")));
    outcomes.add("" + new NftDump(nft).chain(SUB));
    outcomes.add("" + new NftDump(nft).tables());
    outcomes.add("" + new NftDump(nft).rules(T.chain("none")));
  }

  private static void elements(NetlinkTransport nft, List<String> outcomes) {
    outcomes.add(run(nft, new NftBatch().add(PORTS, port(80, "10.0.0.1"), port(81, "10.0.0.2"))));
    outcomes.add(run(nft, new NftBatch().add(PORTS, port(80, "10.0.0.1"))));
    outcomes.add(run(nft, new NftBatch().add(PORTS, port(80, "10.0.0.9"))));
    outcomes.add(run(nft, new NftBatch().createElements(PORTS, List.of(port(80, "10.0.0.1")))));
    outcomes.add(run(nft, new NftBatch().delete(PORTS, port(99, "10.0.0.1"))));
    outcomes.add(run(nft, new NftBatch().delete(PORTS, port(81, "10.9.9.9"))));
    outcomes.add(run(nft, new NftBatch().add(NETS, net("10.0.0.0/24"), net("10.0.1.0/24"))));
    outcomes.add(run(nft, new NftBatch().add(NETS, net("10.0.0.128/25"))));
    outcomes.add(run(nft, new NftBatch().add(NETS, net("10.0.0.0/24"))));
    outcomes.add(run(nft, new NftBatch().add(NETS, net("240.0.0.0/4"), net("0.0.0.0/8"))));
    outcomes.add(run(nft, new NftBatch().delete(NETS, net("10.0.1.0/24"))));
    SetElement pairs =
        SetElement.range(
            Operand.concat(Operand.address(Ipv4Address.parse("10.0.0.0")), Operand.port(80)),
            Operand.concat(Operand.address(Ipv4Address.parse("10.0.0.255")), Operand.port(90)));
    outcomes.add(run(nft, new NftBatch().add(PAIRS, pairs.withComment("of a pod"))));
    outcomes.add(run(nft, new NftBatch().add(JUMPS, VETH_TO_SUB)));
    outcomes.add(run(nft, new NftBatch().delete(SUB)));
    outcomes.add(
        run(
            nft,
            new NftBatch()
                .add(
                    JUMPS,
                    SetElement.of(Operand.ifname("veth2"))
                        .to(new Verdict(VerdictCode.GOTO, "none")))));
  }

  private static void rules(NetlinkTransport nft, List<String> outcomes) {
    Rule lookup = RuleWriter.rule(C, "a", Match.in(NETS, Field.IP_SADDR), Action.accept());
    Rule jump = RuleWriter.rule(C, "b", Action.jump("sub"));
    Rule vmap = RuleWriter.rule(C, "c", Action.vmap(JUMPS, Field.IIFNAME));
    outcomes.add(run(nft, new NftBatch().add(lookup).insert(jump)));
    outcomes.add(run(nft, new NftBatch().add(RuleWriter.rule(C, Action.jump("none")))));
    outcomes.add(run(nft, new NftBatch().add(lookup.in(T.chain("none")))));
    outcomes.add(run(nft, new NftBatch().delete(NETS.name())));
    outcomes.add(run(nft, new NftBatch().delete(SUB)));
    List<Rule> present = new NftDump(nft).rules(C);
    outcomes.add("" + present.stream().map(Rule::comment).toList());
    outcomes.add(
        run(
            nft,
            new NftBatch()
                .insertBefore(present.get(1).handle(), vmap)
                .replace(present.get(0).handle(), jump.withComment("d"))));
    outcomes.add(run(nft, new NftBatch().deleteRule(C, 4000)));
    outcomes.add(run(nft, new NftBatch().deleteRule(C, present.get(1).handle())));
    outcomes.add("" + new NftDump(nft).rules(T).stream().map(Rule::comment).toList());
    outcomes.add(run(nft, new NftBatch().flush(PORTS.name()).add(PORTS, port(7, "10.0.0.7"))));
    outcomes.add(run(nft, new NftBatch().delete(PORTS.name()).delete(C)));
    outcomes.add(run(nft, new NftBatch().flush(JUMPS.name()).delete(SUB)));
  }

  private static String run(NetlinkTransport nft, NftBatch batch) {
    try {
      batch.run(nft);
      return "done";
    } catch (NetlinkException e) {
      return e.operation() + ": " + e.errno();
    }
  }

  @Test
  void aFailedBatchChangesNothing() {
    FakeNft fake = new FakeNft();
    fake.failNext(NftMessages.NFT_MSG_NEWCHAIN, Errno.ENOMEM);
    NftBatch batch = new NftBatch().add(Table.of(T)).add(Chain.regular(C));

    assertThatThrownBy(() -> batch.run(fake)).hasMessageContaining("add chain ip t c: ENOMEM");
    assertThat(fake.tables()).isEmpty();
    assertThat(fake.pendingInjections()).isZero();

    batch.run(fake);
    assertThat(fake.content(T).map(content -> content.chains().keySet()))
        .hasValueSatisfying(names -> assertThat(names).containsExactly("c"));
    assertThat(fake.changes())
        .containsExactly(
            "add table ip t", "add chain ip t c", "add table ip t", "add chain ip t c");
  }

  @Test
  void manyElementsTravelInManyMessages() {
    FakeNft fake = new FakeNft();
    List<SetElement> many = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      many.add(
          SetElement.of(Operand.address(Ipv4Address.parse("10.0.0.0").plus(i)))
              .withComment("pod " + i));
    }
    NftSet set = NftSet.set(T.set("pods"), DataType.IPV4_ADDR);
    TableContent content = TableContent.builder(Table.of(T)).add(set, many).build();
    new NftBatch().add(Table.of(T)).add(set).addElements(set, many).run(fake);

    assertThat(new NftDump(fake).content(T)).isEqualTo(Optional.of(content));
  }
}
