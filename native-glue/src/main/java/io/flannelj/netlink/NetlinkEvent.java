package io.flannelj.netlink;

import java.util.List;

/** What a subscription brings. */
public sealed interface NetlinkEvent {
  /**
   * Notifications, in the kernel's order.
   *
   * @param messages one datagram's messages
   */
  record Notified(List<NetlinkMessage> messages) implements NetlinkEvent {}

  /** The socket overflowed and notifications are gone: look at everything anew. */
  record Lost() implements NetlinkEvent {}

  /** The subscription was closed. */
  record Closed() implements NetlinkEvent {}
}
