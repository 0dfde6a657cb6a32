package io.flannelj.kernel;

import io.flannelj.desired.RulesPrinter;
import io.flannelj.net.AddressFamily;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.NftMessages;
import io.flannelj.netlink.nftables.NftNotification;
import io.flannelj.netlink.nftables.TableName;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Listens to nf_tables on a thread of its own and reports foreign changes to the tables that we
 * keep rules in. Unlike rtnetlink's, these notifications say which socket made the change.
 */
public final class RulesMonitor implements AutoCloseable {
  private static final Set<TableName> TABLES =
      Set.of(
          TableName.ip(RulesPrinter.table(AddressFamily.IPV4)),
          TableName.ip("filter"),
          TableName.inet("filter"),
          Firewalld.TABLE,
          TableName.ip6(RulesPrinter.table(AddressFamily.IPV6)),
          TableName.ip6("filter"));

  private final NetlinkSubscription subscription;
  private final int ownPort;
  private final Consumer<String> dirty;

  private RulesMonitor(NetlinkSubscription subscription, int ownPort, Consumer<String> dirty) {
    this.subscription = subscription;
    this.ownPort = ownPort;
    this.dirty = dirty;
  }

  /**
   * Starts listening; what happens after the return is seen.
   *
   * @param ownPort port of the socket that our own changes go out on
   * @param dirty gets the reason for a look at the kernel
   */
  public static RulesMonitor start(int ownPort, Consumer<String> dirty) {
    RulesMonitor monitor =
        new RulesMonitor(
            NetlinkSubscription.open(NetlinkFamily.NETFILTER, NftMessages.NFNLGRP_NFTABLES),
            ownPort,
            dirty);
    Thread thread = new Thread(monitor::run, "nftables-monitor");
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
        dirty.accept("nf_tables notifications were lost");
      }
    }
  }

  private void judge(NetlinkMessage message) {
    try {
      Optional<NftNotification> change = NftNotification.decode(message);
      boolean news =
          change.isPresent()
              && change.get().isForeign(ownPort)
              && change.get().table().filter(TABLES::contains).isPresent();
      if (news) {
        dirty.accept("nftables changed");
      }
    } catch (DecodeException e) {
      dirty.accept("an nf_tables notification could not be read: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
