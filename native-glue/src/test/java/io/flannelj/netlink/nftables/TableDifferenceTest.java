package io.flannelj.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.Field;
import io.flannelj.netlink.nftables.statement.Match;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import io.flannelj.testkit.FakeNft;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What one round does to a table of ours. */
class TableDifferenceTest {
  private static final TableName T = TableName.ip("flannel-ipv4");
  private static final ChainName POSTRTG = T.chain("postrtg");
  private static final NftSet PORTS =
      NftSet.map(T.set("ports"), SetType.of(DataType.INET_SERVICE), SetType.of(DataType.IPV4_ADDR));
  private static final Rule RETURN =
      RuleWriter.rule(POSTRTG, Match.metaMark(0x4000, 0x4000), Action.return_());
  private static final Rule MASQUERADE =
      RuleWriter.rule(
          POSTRTG,
          Match.ipSaddr(IpPrefix.parse("10.244.0.0/16")),
          Action.counter(),
          Action.masquerade(true));

  private final FakeNft nft = new FakeNft();

  private static TableContent content(String comment, Rule[] rules, SetElement... elements) {
    TableContent.Builder content =
        TableContent.builder(Table.of(T).withComment(comment))
            .add(PORTS, elements)
            .add(Chain.base(POSTRTG, BaseChain.nat(Hook.POSTROUTING, 100)));
    for (Rule rule : rules) {
      content.add(rule);
    }
    return content.build();
  }

  private static Rule[] rules(Rule... rules) {
    return rules;
  }

  private static SetElement port(int port, String address) {
    return SetElement.of(Operand.port(port)).to(Operand.address(Ipv4Address.parse(address)));
  }

  @Test
  void aSecondRoundHasNothingToDo() {
    TableContent desired = content("", rules(RETURN, MASQUERADE), port(80, "10.0.0.1"));
    TableDifference.apply(nft, desired);
    nft.forgetRequests();

    assertThat(TableDifference.apply(nft, desired).isEmpty()).isTrue();
    assertThat(nft.batches()).isZero();
    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired.normalised());
  }

  @Test
  void elementsAreChangedOneByOne() {
    TableDifference.apply(
        nft,
        content(
            "", rules(RETURN), port(80, "10.0.0.1"), port(81, "10.0.0.2"), port(82, "10.0.0.3")));
    nft.forgetRequests();
    TableContent desired =
        content(
            "", rules(RETURN), port(80, "10.0.0.1"), port(81, "10.9.9.9"), port(83, "10.0.0.4"));

    assertThat(TableDifference.apply(nft, desired))
        .isEqualTo(
            new NftBatch()
                .delete(PORTS, port(81, "10.0.0.2"), port(82, "10.0.0.3"))
                .add(PORTS, port(81, "10.9.9.9"), port(83, "10.0.0.4")));
    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired);
  }

  @Test
  void aChainWithOtherRulesIsFilledAnewInPlace() {
    TableDifference.apply(nft, content("", rules(RETURN, MASQUERADE), port(80, "10.0.0.1")));
    nft.forgetRequests();
    TableContent desired = content("", rules(MASQUERADE, RETURN), port(80, "10.0.0.1"));

    TableDifference.apply(nft, desired);

    assertThat(nft.changes())
        .containsExactly(
            "flush chain ip flannel-ipv4 postrtg",
            "add rule ip flannel-ipv4 postrtg",
            "add rule ip flannel-ipv4 postrtg");
    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired);
  }

  @Test
  void otherDefinitionsAndForeignAdditionsMakeTheTableAnew() {
    TableContent desired = content("rules", rules(RETURN), port(80, "10.0.0.1"));
    TableDifference.apply(nft, content("", rules(RETURN)));
    TableDifference.apply(nft, desired);
    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired);

    new NftBatch()
        .add(Chain.regular(T.chain("foreign")))
        .add(RuleWriter.rule(POSTRTG, Action.jump("foreign")))
        .run(nft.foreign());
    TableDifference.apply(nft, desired);
    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired);
  }

  @Test
  void aFailedBatchLeavesTheOldTable() {
    TableContent before = content("", rules(RETURN));
    TableDifference.apply(nft, before);
    nft.failNext(request -> request.operation().startsWith("add rule"), Errno.ENOBUFS);

    assertThatThrownBy(() -> TableDifference.apply(nft, content("new", rules(MASQUERADE))))
        .hasMessageContaining("add rule ip flannel-ipv4 postrtg: ENOBUFS");
    assertThat(nft.content(T).map(TableContent::normalised)).contains(before);
  }

  @Test
  void aChangeByOthersInBetweenIsReadAgain() {
    TableDifference.apply(nft, content("", rules(RETURN), port(80, "10.0.0.1")));
    TableContent desired = content("", rules(RETURN), port(81, "10.0.0.2"));
    // Somebody takes away the element that the difference is about to delete.
    nft.beforeNext(
        request -> request.type() == NftMessages.NFNL_MSG_BATCH_BEGIN,
        () -> new NftBatch().delete(PORTS, port(80, "10.0.0.1")).run(nft.foreign()));

    TableDifference.apply(nft, desired);

    assertThat(nft.content(T).map(TableContent::normalised)).contains(desired);
    assertThat(nft.batches()).isEqualTo(3);
  }

  @Test
  void endlessChangesByOthersAreAnError() {
    TableContent desired = content("", rules(RETURN));
    for (int i = 0; i < 5; i++) {
      String name = "other" + i;
      nft.beforeNext(
          request -> request.type() == NftMessages.NFNL_MSG_BATCH_BEGIN,
          () -> new NftBatch().add(Table.of(TableName.ip(name))).run(nft.foreign()));
    }

    assertThatThrownBy(() -> TableDifference.apply(nft, desired))
        .isInstanceOfSatisfying(
            NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ERESTART));
    assertThat(nft.content(T)).isEqualTo(Optional.empty());
  }

  @Test
  void elementsThatRulesAddAreLeftAlone() {
    NftSet seen = NftSet.set(T.set("seen"), DataType.IPV4_ADDR).with(SetFlag.DYNAMIC);
    TableContent desired =
        TableContent.builder(Table.of(T))
            .add(seen)
            .add(Chain.regular(POSTRTG))
            .add(RuleWriter.rule(POSTRTG, Match.in(seen, Field.IP_SADDR), Action.drop()))
            .build();
    TableDifference.apply(nft, desired);
    new NftBatch()
        .add(seen, SetElement.of(Operand.address(Ipv4Address.parse("10.0.0.9"))))
        .run(nft.foreign());

    assertThat(TableDifference.apply(nft, desired).isEmpty()).isTrue();
  }
}
