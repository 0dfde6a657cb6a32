package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV4_IFADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_IPV4_ROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_LINK;
import static io.flannelj.netlink.route.Rtnetlink.RTNLGRP_NEIGH;

import io.flannelj.desired.DesiredState;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.codec.DecodeException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Listens to rtnetlink on a thread of its own and reports what calls for a look at the kernel. */
public final class EventMonitor implements AutoCloseable {
  private static final int RTNLGRP_IPV4_NETCONF = 24;

  private final NetlinkSubscription subscription;
  private final Supplier<Optional<DesiredState>> desired;
  private final DeviceIndex device;
  private final Consumer<String> dirty;

  private EventMonitor(
      NetlinkSubscription subscription,
      Supplier<Optional<DesiredState>> desired,
      DeviceIndex device,
      Consumer<String> dirty) {
    this.subscription = subscription;
    this.desired = desired;
    this.device = device;
    this.dirty = dirty;
  }

  /**
   * Starts listening; what happens after the return is seen.
   *
   * @param desired the state in force, empty before there is one
   * @param dirty gets the reason for a look at the kernel
   */
  public static EventMonitor start(
      Supplier<Optional<DesiredState>> desired, DeviceIndex device, Consumer<String> dirty) {
    NetlinkSubscription subscription =
        NetlinkSubscription.open(
            NetlinkFamily.ROUTE,
            RTNLGRP_LINK,
            RTNLGRP_NEIGH,
            RTNLGRP_IPV4_IFADDR,
            RTNLGRP_IPV4_ROUTE,
            RTNLGRP_IPV4_NETCONF);
    EventMonitor monitor = new EventMonitor(subscription, desired, device, dirty);
    Thread thread = new Thread(monitor::run, "rtnetlink-monitor");
    thread.setDaemon(true);
    thread.start();
    return monitor;
  }

  private void run() {
    while (true) {
      NetlinkEvent event = subscription.receive();
      if (event instanceof NetlinkEvent.Closed) {
        return;
      }
      if (event instanceof NetlinkEvent.Notified notified) {
        notified.messages().forEach(this::judge);
      } else {
        dirty.accept("kernel notifications were lost");
      }
    }
  }

  private void judge(NetlinkMessage message) {
    Optional<DesiredState> state = desired.get();
    if (state.isEmpty()) {
      return;
    }
    try {
      if (EventFilter.isNews(message, state.get(), device.get())) {
        dirty.accept(describe(message.type()));
      }
    } catch (DecodeException e) {
      dirty.accept("a kernel notification could not be read: " + e.getMessage());
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
      default -> "forwarding switched off";
    };
  }

  @Override
  public void close() {
    subscription.close();
  }
}
