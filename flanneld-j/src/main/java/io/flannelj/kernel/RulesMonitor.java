package io.flannelj.kernel;

import io.flannelj.desired.RulesPrinter;
import io.flannelj.net.AddressFamily;
import io.flannelj.netlink.NetlinkEvent;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkSubscription;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftMessages;
import io.flannelj.netlink.nftables.NftNotification;
import io.flannelj.netlink.nftables.TableName;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Listens to nf_tables on a thread of its own and reports foreign changes to the tables that we
 * keep rules in, and to any chain that forwarded packets go through. Unlike rtnetlink's, these
 * notifications say which socket made the change.
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
  private final Supplier<Set<ChainName>> filters;
  private final Consumer<String> dirty;

  private RulesMonitor(
      NetlinkSubscription subscription,
      int ownPort,
      Supplier<Set<ChainName>> filters,
      Consumer<String> dirty) {
    this.subscription = subscription;
    this.ownPort = ownPort;
    this.filters = filters;
    this.dirty = dirty;
  }

  /**
   * Starts listening; what happens after the return is seen.
   *
   * @param ownPort port of the socket that our own changes go out on
   * @param filters foreign chains that forwarded packets were seen to go through
   * @param dirty gets the reason for a look at the kernel
   */
  public static RulesMonitor start(
      int ownPort, Supplier<Set<ChainName>> filters, Consumer<String> dirty) {
    RulesMonitor monitor =
        new RulesMonitor(
            NetlinkSubscription.open(NetlinkFamily.NETFILTER, NftMessages.NFNLGRP_NFTABLES),
            ownPort,
            filters,
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
      if (change.filter(one -> one.isForeign(ownPort) && concerns(one)).isPresent()) {
        dirty.accept("nftables changed");
      }
    } catch (DecodeException e) {
      dirty.accept("an nf_tables notification could not be read: " + e.getMessage());
    }
  }

  /**
   * kube-proxy and the like change chains of their own all the time: of other tables only what a
   * forwarded packet meets first matters.
   */
  private boolean concerns(NftNotification change) {
    return change.table().filter(TABLES::contains).isPresent()
        || change.hook().filter(hook -> hook == Hook.FORWARD).isPresent()
        || change.chain().filter(filters.get()::contains).isPresent();
  }

  @Override
  public void close() {
    subscription.close();
  }
}
