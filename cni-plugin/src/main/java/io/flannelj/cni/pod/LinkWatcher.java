package io.flannelj.cni.pod;

import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_NEW_NETNSID;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_OPERSTATE;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_UP;

import io.flannelj.libc.SocketFilter;
import io.flannelj.libc.SocketFilter.Condition;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Follows the host's link notifications on a thread of its own and completes those who wait for a
 * link to come up or to go.
 *
 * <p>RTM_DELLINK also tells that a link left for another namespace (it then carries
 * IFLA_NEW_NETNSID) and, with ifi_family AF_BRIDGE, that a port left its bridge: neither means that
 * the link is gone.
 */
public final class LinkWatcher implements AutoCloseable {
  private static final int RTNLGRP_LINK = 1;
  private static final int AF_UNSPEC = 0;
  private static final int IFF_RUNNING = 0x40;
  private static final int IFF_LOWER_UP = 0x10000;

  private final NetlinkSubscription subscription;
  private final Map<Integer, CompletableFuture<Event>> up = new ConcurrentHashMap<>();
  private final Map<Integer, CompletableFuture<Event>> gone = new ConcurrentHashMap<>();

  /** What a waiter learns. */
  public enum Event {
    /** It happened. */
    SEEN,
    /** Notifications were lost: look for yourself. */
    LOST
  }

  private LinkWatcher(NetlinkSubscription subscription) {
    this.subscription = subscription;
  }

  /** Starts watching the calling thread's network namespace. */
  public static LinkWatcher start() {
    LinkWatcher watcher =
        new LinkWatcher(NetlinkSubscription.open(NetlinkFamily.ROUTE, upOrGone(), RTNLGRP_LINK));
    Thread thread = new Thread(watcher::run, "link-watcher");
    thread.setDaemon(true);
    thread.start();
    return watcher;
  }

  /**
   * Of the dozen notifications that a pod's start causes, one is waited for. A link is
   * operationally up when it is running and its peer is there, and these are the flags for it.
   */
  private static SocketFilter upOrGone() {
    // struct nlmsghdr: u32 length, u16 type, ...; behind its 16 octets struct ifinfomsg.
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    int type = little ? 4 : 5;
    int family = 16;
    int running = little ? 24 : 27;
    int lowerUp = little ? 26 : 25;
    return new SocketFilter()
        .orAll(Condition.is(type, RTM_DELLINK), Condition.is(family, AF_UNSPEC))
        .orAll(
            Condition.is(type, RTM_NEWLINK),
            Condition.is(family, AF_UNSPEC),
            Condition.has(running, IFF_RUNNING),
            Condition.has(lowerUp, IFF_LOWER_UP >> 16));
  }

  /** Completes when the link with this index is operationally up. Ask the kernel after calling. */
  public CompletableFuture<Event> whenUp(int index) {
    return up.computeIfAbsent(index, key -> new CompletableFuture<>());
  }

  /** Completes when the link with this index no longer exists. Call before deleting it. */
  public CompletableFuture<Event> whenGone(int index) {
    return gone.computeIfAbsent(index, key -> new CompletableFuture<>());
  }

  /** Ends both kinds of waiting for an index. */
  public void forget(int index) {
    up.remove(index);
    gone.remove(index);
  }

  private void run() {
    while (true) {
      NetlinkEvent event = subscription.receive();
      if (event instanceof NetlinkEvent.Notified notified) {
        handle(notified.messages());
      } else {
        wakeAll();
        if (event instanceof NetlinkEvent.Closed) {
          return;
        }
      }
    }
  }

  private void handle(List<NetlinkMessage> messages) {
    for (NetlinkMessage message : messages) {
      try {
        handle(message);
      } catch (DecodeException e) {
        wakeAll();
      }
    }
  }

  private void handle(NetlinkMessage message) {
    // struct ifinfomsg: u8 family, u8, u16 type, s32 index, u32 flags, u32 change.
    int header = 16;
    if (message.body().remaining() < header || message.body().get(0) != AF_UNSPEC) {
      return;
    }
    int index = message.body().getInt(4);
    boolean awaitedUp = message.type() == RTM_NEWLINK && up.containsKey(index);
    boolean awaitedGone = message.type() == RTM_DELLINK && gone.containsKey(index);
    if (!awaitedUp && !awaitedGone) {
      return;
    }
    boolean isUp = false;
    boolean moved = false;
    AttributeReader attribute =
        new AttributeReader(message.body().slice(header, message.body().limit() - header));
    while (attribute.next()) {
      isUp |= attribute.type() == IFLA_OPERSTATE && attribute.u8() == IF_OPER_UP;
      moved |= attribute.type() == IFLA_NEW_NETNSID;
    }
    if (awaitedUp && isUp) {
      complete(up, index);
    }
    if (awaitedGone && !moved) {
      complete(gone, index);
    }
  }

  private static void complete(Map<Integer, CompletableFuture<Event>> waiters, int index) {
    CompletableFuture<Event> waiter = waiters.remove(index);
    if (waiter != null) {
      waiter.complete(Event.SEEN);
    }
  }

  private void wakeAll() {
    for (Map<Integer, CompletableFuture<Event>> waiters : List.of(up, gone)) {
      for (Integer index : List.copyOf(waiters.keySet())) {
        CompletableFuture<Event> waiter = waiters.remove(index);
        if (waiter != null) {
          waiter.complete(Event.LOST);
        }
      }
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
