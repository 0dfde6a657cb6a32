package io.flannelj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.libc.Libc;
import io.flannelj.libc.SocketFilter;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netns.NetworkNamespace;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Against the real kernel, in a namespace that a fresh thread makes and takes along when it ends.
 */
@Tag("netns")
@EnabledIf(value = "isRoot", disabledReason = "needs root to make a network namespace")
class NetlinkSocketTest {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWNEIGH = 28;
  private static final int RTNLGRP_LINK = 1;

  static boolean isRoot() {
    return Libc.userId() == 0;
  }

  private static NetlinkSocket socketInNewNamespace() {
    return NetworkNamespace.onFreshThread(
        () -> {
          Libc.unshare(Libc.CLONE_NEWNET);
          return NetlinkSocket.open(NetlinkFamily.ROUTE);
        });
  }

  private static NetlinkRequest link(String operation, int type, int flags, String name) {
    return new NetlinkRequest(
        operation,
        type,
        flags,
        out -> {
          out.raw(new byte[16]);
          out.putString(3, name);
        });
  }

  private static NetlinkRequest neighbour(int index, int ifIndex) {
    return new NetlinkRequest(
        "ip neigh replace 10.0." + index / 256 + "." + index % 256,
        RTM_NEWNEIGH,
        NetlinkRequest.NLM_F_CREATE | NetlinkRequest.NLM_F_REPLACE,
        out -> {
          out.rawByte(2).rawByte(0).rawShort(0).rawInt(ifIndex).rawShort(0x80).rawShort(0);
          out.attribute(
              1, value -> value.raw(new byte[] {10, 0, (byte) (index >> 8), (byte) index}));
          out.attribute(2, value -> value.raw(new byte[] {2, 0, 0, 0, 0, 1}));
        });
  }

  private static NetlinkRequest alias(int number) {
    return new NetlinkRequest(
        "ip link set lo alias " + number,
        RTM_NEWLINK,
        0,
        out -> {
          // Up too: the kernel tells of changes to devices that are up.
          out.rawInt(0).rawInt(1).rawInt(1).rawInt(1);
          out.putString(20, "number " + number);
        });
  }

  @Test
  void anErrorNamesOperationErrnoAndTheKernelsWords() {
    try (NetlinkSocket socket = socketInNewNamespace()) {
      assertThatThrownBy(() -> socket.query(link("ip link show nosuch", RTM_GETLINK, 0, "nosuch")))
          .isInstanceOfSatisfying(
              NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
          .hasMessageStartingWith("ip link show nosuch: ENODEV (No such device)");
      NetlinkRequest odd =
          new NetlinkRequest(
              "ip route get", 26, 0, out -> out.rawByte(2).raw(new byte[11]).putU8(99, 1));
      assertThatThrownBy(() -> socket.query(odd))
          .isInstanceOfSatisfying(NetlinkException.class, e -> assertThat(e.extAck()).isNotEmpty());
    }
  }

  @Test
  void aFailureInsideABatchIsTheFailureOfItsRequestAlone() {
    try (NetlinkSocket socket = socketInNewNamespace()) {
      List<NetlinkRequest> requests = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        requests.add(neighbour(i, i % 100 == 7 ? 4242 : 1));
      }
      requests.add(neighbour(1000, 4242));
      List<Optional<NetlinkException>> results = socket.executeAll(requests);
      assertThat(results).hasSize(1001);
      for (int i = 0; i <= 1000; i++) {
        boolean fails = i % 100 == 7 || i == 1000;
        assertThat(results.get(i).isPresent()).as("request %d", i).isEqualTo(fails);
        if (fails) {
          assertThat(results.get(i).orElseThrow())
              .hasMessageStartingWith(requests.get(i).operation() + ": ENODEV");
        }
      }
    }
  }

  @Test
  void aDumpIsReadToItsEnd() {
    try (NetlinkSocket socket = socketInNewNamespace()) {
      List<NetlinkMessage> links =
          socket.dump(new NetlinkRequest("ip link", RTM_GETLINK, 0, out -> out.raw(new byte[16])));
      assertThat(links).isNotEmpty().allMatch(message -> message.type() == RTM_NEWLINK);
      AttributeReader reader =
          new AttributeReader(links.get(0).body().slice(16, links.get(0).body().limit() - 16));
      String name = "";
      while (reader.next()) {
        if (reader.type() == 3) {
          name = reader.string();
        }
      }
      assertThat(name).isEqualTo("lo");
      // The socket is clean afterwards.
      assertThat(socket.query(link("ip link show lo", RTM_GETLINK, 0, "lo")).type())
          .isEqualTo(RTM_NEWLINK);
    }
  }

  @Test
  void aSubscriptionSeesChangesAndTellsOfLostOnes() {
    record Both(NetlinkSocket socket, NetlinkSubscription subscription) {}

    Both both =
        NetworkNamespace.onFreshThread(
            () -> {
              Libc.unshare(Libc.CLONE_NEWNET);
              return new Both(
                  NetlinkSocket.open(NetlinkFamily.ROUTE),
                  NetlinkSubscription.openWithBuffer(NetlinkFamily.ROUTE, 32768, RTNLGRP_LINK));
            });
    try (NetlinkSocket socket = both.socket();
        NetlinkSubscription subscription = both.subscription()) {
      socket.execute(alias(0));
      assertThat(subscription.receive())
          .isInstanceOfSatisfying(
              NetlinkEvent.Notified.class,
              event -> assertThat(event.messages().get(0).type()).isEqualTo(RTM_NEWLINK));
      List<NetlinkRequest> flood = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        flood.add(alias(i));
      }
      socket.executeAll(flood);
      NetlinkEvent event = subscription.receive();
      while (event instanceof NetlinkEvent.Notified) {
        event = subscription.receive();
      }
      assertThat(event).isInstanceOf(NetlinkEvent.Lost.class);
    }
  }

  @Test
  void aFilterKeepsAwayWhatNobodyWants() {
    int flags = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 24 : 27;
    SocketFilter filter =
        new SocketFilter()
            .orAll(SocketFilter.Condition.is(0, 0), SocketFilter.Condition.is(1, 0))
            .orAll(
                SocketFilter.Condition.is(16, 0),
                SocketFilter.Condition.has(flags, 1 /* IFF_UP */));
    record Both(NetlinkSocket socket, NetlinkSubscription subscription) {}

    Both both =
        NetworkNamespace.onFreshThread(
            () -> {
              Libc.unshare(Libc.CLONE_NEWNET);
              return new Both(
                  NetlinkSocket.open(NetlinkFamily.ROUTE),
                  NetlinkSubscription.open(NetlinkFamily.ROUTE, filter, RTNLGRP_LINK)
                      .gathering(Duration.ofMillis(1)));
            });
    try (NetlinkSocket socket = both.socket();
        NetlinkSubscription subscription = both.subscription()) {
      socket.execute(alias(1));
      socket.execute(loopbackUp());
      assertThat(subscription.receive())
          .isInstanceOfSatisfying(
              NetlinkEvent.Notified.class,
              event -> assertThat(event.messages().get(0).body().getInt(8) & 1).isEqualTo(1));
    }
  }

  private static NetlinkRequest loopbackUp() {
    return new NetlinkRequest(
        "ip link set lo up",
        RTM_NEWLINK,
        0,
        out -> out.rawByte(0).rawByte(0).rawShort(0).rawInt(1).rawInt(1).rawInt(1));
  }

  @Test
  void requestsAndAQuestionGoTogether() {
    try (NetlinkSocket socket = socketInNewNamespace()) {
      NetlinkRequest question = link("ip link show lo", RTM_GETLINK, 0, "lo");
      NetlinkMessage answer = socket.executeThenQuery(List.of(alias(1), loopbackUp()), question);
      assertThat(answer.type()).isEqualTo(RTM_NEWLINK);
      assertThat(answer.body().getInt(8) & 1).as("it is up already").isEqualTo(1);
      assertThatThrownBy(
              () ->
                  socket.executeThenQuery(
                      List.of(alias(2), link("ip link set gone", RTM_NEWLINK, 0, "gone")),
                      question))
          .isInstanceOfSatisfying(
              NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
          .hasMessageContaining("ip link set gone");
      assertThatThrownBy(
              () ->
                  socket.executeThenQuery(
                      List.of(alias(3)), link("ip link show gone", RTM_GETLINK, 0, "gone")))
          .hasMessageContaining("ip link show gone");
      assertThat(socket.query(question).type()).isEqualTo(RTM_NEWLINK);
    }
  }

  @Test
  void closeEndsTheReadersWait() throws InterruptedException {
    NetlinkSubscription subscription = NetlinkSubscription.open(NetlinkFamily.ROUTE, 1);
    List<NetlinkEvent> seen = new ArrayList<>();
    Thread reader =
        new Thread(
            () -> {
              NetlinkEvent event = subscription.receive();
              while (!(event instanceof NetlinkEvent.Closed)) {
                event = subscription.receive();
              }
              seen.add(event);
            });
    reader.start();
    subscription.close();
    reader.join(30_000);
    assertThat(seen).containsExactly(new NetlinkEvent.Closed());
  }

  @Test
  void theCookieTellsNamespacesApart() {
    try (NetlinkSocket one = socketInNewNamespace();
        NetlinkSocket other = socketInNewNamespace()) {
      assertThat(one.namespaceCookie()).isNotEqualTo(other.namespaceCookie()).isNotZero();
    }
  }
}
