package io.flannelj.status;

import io.flannelj.desired.CommandPrinter;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.reconcile.TableStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The daemon's status as text for people. */
public final class StatusPages {
  private StatusPages() {}

  /** {@code flanneld-j status}. */
  public static String status(DaemonStatus status) {
    StringBuilder text = new StringBuilder();
    line(text, "node", status.node());
    line(text, "ready", status.isReady() ? "yes" : "no: " + reason(status));
    line(text, "since", status.since().toString());
    status.storeProblem().lines().forEach(fault -> line(text, "store", fault));
    if (status.lease().isPresent()) {
      Lease lease = status.lease().get();
      line(text, "subnet", plain(lease.subnets()) + " until " + expiry(lease));
      line(text, "public ip", plain(publicIps(lease)));
    }
    for (DesiredState desired : status.desired()) {
      line(
          text,
          "device",
          desired.device().name()
              + " mtu "
              + desired.device().mtu()
              + " address "
              + desired.device().mac()
              + " over "
              + desired.device().underlay());
      line(text, "peers", peers(desired));
    }
    status.limits().forEach(limit -> line(text, "off", limit));
    status.remarks().forEach(remark -> line(text, "note", remark));
    for (TableStatus table : status.tables()) {
      line(
          text,
          table.table(),
          table.failed() == 0
              ? table.desired() + " in sync"
              : table.failed() + " of " + table.desired() + " failed: " + table.firstError());
    }
    status.refused().forEach((node, why) -> line(text, "refused", "lease of " + node + ": " + why));
    return text.toString();
  }

  private static List<IpAddress> publicIps(Lease lease) {
    return lease.ipv6().isEmpty()
        ? List.of(lease.publicIp())
        : List.of(lease.publicIp(), lease.ipv6().get().publicIp());
  }

  /** One or several things in a line. */
  public static String plain(List<?> things) {
    return things.stream().map(Object::toString).collect(Collectors.joining(", "));
  }

  /**
   * The page /readyz. A node whose network works is ready though its store is away: if all nodes
   * were not ready for that, a rollout would take away what still works. The text tells it.
   */
  public static String readiness(DaemonStatus status) {
    StringBuilder text = new StringBuilder();
    text.append(
        status.isReady() ? "flanneld is ready" : "flanneld is not ready yet: " + reason(status));
    status.storeProblem().lines().forEach(fault -> text.append("\nstore: ").append(fault));
    return text.toString();
  }

  private static String reason(DaemonStatus status) {
    return status.problem().isEmpty() ? "subnet.env is not written yet" : status.problem();
  }

  private static String peers(DesiredState desired) {
    long direct =
        desired.routes().values().stream()
            .filter(target -> target instanceof RouteTarget.Direct)
            .count();
    return (desired.routes().size() - direct) + " through the tunnel, " + direct + " direct";
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key).append(" ".repeat(Math.max(1, 11 - key.length()))).append(value).append('\n');
  }

  /** {@code flanneld-j leases}: one line per lease, by subnet. */
  public static String leases(LeaseSnapshot snapshot) {
    StringBuilder text = new StringBuilder();
    List<Lease> sorted = new ArrayList<>(snapshot.leases().values());
    sorted.sort(Comparator.comparing(lease -> sortKey(lease)));
    for (Lease lease : sorted) {
      leaseLine(text, lease);
      lease.ipv6().ifPresent(half -> leaseLine(text, half));
    }
    return text.toString();
  }

  private static void leaseLine(StringBuilder text, Lease lease) {
    text.append(
        String.format(
            "%-18s %-15s %-17s %-20s %s%n",
            lease.subnet(),
            lease.publicIp(),
            lease.vtepMac().map(Object::toString).orElse("-"),
            expiry(lease),
            lease.node()));
  }

  private static String sortKey(Lease lease) {
    StringBuilder key = new StringBuilder();
    for (byte octet : lease.subnet().address().toBytes()) {
      key.append((char) (octet & 0xff));
    }
    return key.toString();
  }

  private static String expiry(Lease lease) {
    return lease.expiresAt() == Long.MAX_VALUE
        ? "for ever"
        : Instant.ofEpochMilli(lease.expiresAt()).toString();
  }

  /** {@code flanneld-j plan}. */
  public static String plan(DaemonStatus status) {
    if (status.desired().isEmpty()) {
      return "# no plan yet: " + reason(status) + "\n";
    }
    return status.desired().stream()
        .flatMap(state -> CommandPrinter.print(state).stream())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** {@code flanneld-j status} in one line, for logs and the service manager. */
  public static String summary(DaemonStatus status) {
    Map<String, String> refused = status.refused();
    return (status.isReady() ? "ready" : "not ready: " + reason(status))
        + status.lease().map(lease -> ", subnet " + plain(lease.subnets())).orElse("")
        + ", "
        + Math.max(0, status.leases().leases().size() - 1)
        + " peers"
        + (refused.isEmpty() ? "" : ", " + refused.size() + " leases refused");
  }
}
