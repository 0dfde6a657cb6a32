package io.flannelj.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.NftNotification.Kind;
import io.flannelj.netlink.nftables.expression.Operand;
import io.flannelj.netlink.nftables.statement.Action;
import io.flannelj.netlink.nftables.statement.RuleWriter;
import io.flannelj.testkit.FakeNft;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the monitor hears of changes: which table, and whether they were ours. */
class NftNotificationTest {
  private static final TableName T = TableName.ip("t");
  private static final ChainName C = T.chain("c");
  private static final ChainName B = T.chain("b");
  private static final NftSet SET = NftSet.set(T.set("s"), DataType.IPV4_ADDR);

  @Test
  @RequiresRoot
  void theKernelSaysWhoChangedWhichTable() {
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket socket = namespace.namespace().openNetlink(NetlinkFamily.NETFILTER);
        NetlinkSubscription subscription =
            namespace
                .namespace()
                .call(
                    () ->
                        NetlinkSubscription.open(
                            NetlinkFamily.NETFILTER, NftMessages.NFNLGRP_NFTABLES))) {
      changes(socket);
      List<NftNotification> ours = untilGeneration(subscription, 2);
      assertThat(ours)
          .filteredOn(one -> one.kind() != Kind.GENERATION)
          .containsExactlyElementsOf(expected(socket.port()));
      assertThat(ours).noneMatch(one -> one.isForeign(socket.port()));

      namespace.sh("nft add chain ip t d");
      List<NftNotification> foreign = untilGeneration(subscription, 1);
      assertThat(foreign).allMatch(one -> one.isForeign(socket.port()));
      assertThat(foreign)
          .extracting(NftNotification::kind, NftNotification::table)
          .containsExactly(
              tuple(Kind.CHAIN, Optional.of(T)), tuple(Kind.GENERATION, Optional.empty()));
      assertThat(foreign.get(1).process()).isEqualTo("nft");
    }
  }

  @Test
  void theFakeSaysTheSame() {
    FakeNft fake = new FakeNft();
    List<NftNotification> heard = new ArrayList<>();
    fake.subscribe(message -> heard.add(NftNotification.decode(message).orElseThrow()));
    changes(fake);

    assertThat(heard)
        .filteredOn(one -> one.kind() != Kind.GENERATION)
        .containsExactlyElementsOf(expected(fake.port()));
  }

  private static void changes(NetlinkTransport nft) {
    new NftBatch()
        .add(Table.of(T))
        .add(Chain.regular(C))
        .add(Chain.base(B, BaseChain.filter(Hook.FORWARD, 7)))
        .add(SET)
        .add(SET, SetElement.of(Operand.address(Ipv4Address.parse("10.0.0.1"))))
        .add(RuleWriter.rule(C, Action.accept()))
        .run(nft);
    new NftBatch()
        .deleteRule(C, new NftDump(nft).rules(C).get(0).handle())
        .delete(C)
        .delete(B)
        .run(nft);
  }

  private static List<NftNotification> expected(int port) {
    return List.of(
        change(Kind.TABLE, false, "", port),
        change(Kind.CHAIN, false, "c", port),
        change(Kind.CHAIN, false, "b", port),
        change(Kind.SET, false, "", port),
        change(Kind.ELEMENT, false, "", port),
        change(Kind.RULE, false, "c", port),
        change(Kind.RULE, true, "c", port),
        change(Kind.CHAIN, true, "c", port),
        change(Kind.CHAIN, true, "b", port));
  }

  private static NftNotification change(Kind kind, boolean deleted, String chain, int port) {
    return new NftNotification(
        kind,
        deleted,
        Optional.of(T),
        chain.isEmpty() ? Optional.empty() : Optional.of(T.chain(chain)),
        chain.equals("b") && !deleted ? Optional.of(Hook.FORWARD) : Optional.empty(),
        port,
        "");
  }

  private static List<NftNotification> untilGeneration(NetlinkSubscription from, int generations) {
    List<NftNotification> all = new ArrayList<>();
    int seen = 0;
    while (seen < generations) {
      if (from.receive() instanceof NetlinkEvent.Notified notified) {
        for (NetlinkMessage message : notified.messages()) {
          NftNotification one = NftNotification.decode(message).orElseThrow();
          all.add(one);
          seen += one.kind() == Kind.GENERATION ? 1 : 0;
        }
      }
    }
    return all;
  }
}
