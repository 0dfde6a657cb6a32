package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV4_IFADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV4_ROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV6_IFADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV6_ROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_LINK;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_NEIGH;

import io.flannelj.net.AddressFamily;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Listens to rtnetlink on a thread of its own and reports what calls for a look at the kernel. */
public final class EventMonitor implements AutoCloseable {
  private static final int RTNLGRP_IPV4_RULE = 8;
  private static final int RTNLGRP_IPV6_RULE = 19;
  private static final int RTNLGRP_IPV4_NETCONF = 24;
  private static final int RTNLGRP_IPV6_NETCONF = 25;
  private static final Duration BURST = Duration.ofMillis(3);

  private final NetlinkSubscription subscription;
  private final Supplier<List<Watched>> watched;
  private final PodBridge bridge;
  private final Consumer<String> dirty;
  private final NetlinkSocket questions = NetlinkSocket.open(NetlinkFamily.ROUTE);

  private EventMonitor(
      NetlinkSubscription subscription,
      Supplier<List<Watched>> watched,
      PodBridge bridge,
      Consumer<String> dirty) {
    this.subscription = subscription;
    this.watched = watched;
    this.bridge = bridge;
    this.dirty = dirty;
  }

  /**
   * Starts listening; what happens after the return is seen.
   *
   * @param families whose addresses and routes are followed
   * @param watched the states in force, none before there is one
   * @param bridge learns what is attached
   * @param dirty gets the reason for a look at the kernel
   */
  public static EventMonitor start(
      List<AddressFamily> families,
      Supplier<List<Watched>> watched,
      PodBridge bridge,
      Consumer<String> dirty) {
    IntStream.Builder groups = IntStream.builder().add(RTNLGRP_LINK).add(RTNLGRP_NEIGH);
    if (families.contains(AddressFamily.IPV4)) {
      groups.add(RTNLGRP_IPV4_IFADDR).add(RTNLGRP_IPV4_ROUTE).add(RTNLGRP_IPV4_NETCONF);
      groups.add(RTNLGRP_IPV4_RULE);
    }
    if (families.contains(AddressFamily.IPV6)) {
      groups.add(RTNLGRP_IPV6_IFADDR).add(RTNLGRP_IPV6_ROUTE).add(RTNLGRP_IPV6_NETCONF);
      groups.add(RTNLGRP_IPV6_RULE);
    }
    NetlinkSubscription subscription =
        NetlinkSubscription.open(NetlinkFamily.ROUTE, groups.build().toArray()).gathering(BURST);
    EventMonitor monitor = new EventMonitor(subscription, watched, bridge, dirty);
    Thread thread = new Thread(monitor::run, "rtnetlink-monitor");
    thread.setDaemon(true);
    thread.start();
    return monitor;
  }

  private void run() {
    while (true) {
      NetlinkEvent event = subscription.receive();
      if (event instanceof NetlinkEvent.Closed) {
        questions.close();
        return;
      }
      if (event instanceof NetlinkEvent.Notified notified) {
        notified.messages().forEach(this::judge);
      } else {
        bridge.lost();
        dirty.accept("kernel notifications were lost");
      }
    }
  }

  private void judge(NetlinkMessage message) {
    try {
      if (bridge.isNews(message, this::exists)) {
        dirty.accept(describe(message.type()));
        return;
      }
      for (Watched family : watched.get()) {
        if (EventFilter.isNews(message, family.desired(), family.device())) {
          dirty.accept(describe(message.type()));
          return;
        }
      }
    } catch (DecodeException e) {
      dirty.accept("a kernel notification could not be read: " + e.getMessage());
    }
  }

  private boolean exists(int index) {
    try {
      return Links.show(questions, LinkId.of(index)).isPresent();
    } catch (NetlinkException e) {
      return true;
    }
  }

  private static String describe(int type) {
    int families = 4;
    String verb = type % families == 0 ? "changed" : "removed";
    return switch (type - type % families) {
      case 16 -> "link " + verb;
      case 20 -> "address " + verb;
      case 24 -> "route " + verb;
      case 28 -> "neighbour or FDB entry " + verb;
      case 32 -> "policy rule " + verb;
      default -> "forwarding switched off";
    };
  }

  @Override
  public void close() {
    subscription.close();
  }
}
