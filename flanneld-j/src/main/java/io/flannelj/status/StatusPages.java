package io.flannelj.status;

import io.flannelj.desired.CommandPrinter;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** The daemon's status as text for people. */
public final class StatusPages {
  private StatusPages() {}

  /** Where tunnel packets go, IPv4 first. */
  static List<IpAddress> publicIps(Lease lease) {
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

  /** {@code flanneld-j leases}: one line per lease, by subnet. */
  public static String leases(LeaseSnapshot snapshot) {
    StringBuilder text = new StringBuilder();
    List<Lease> sorted = new ArrayList<>(snapshot.leases().values());
    sorted.sort(Comparator.comparing(StatusReport::sortKey));
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

  private static String expiry(Lease lease) {
    if (lease.isReservation()) {
      return "for ever";
    }
    return lease.expiresAt() == Lease.UNTIL_REMOVED
        ? "until removed"
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
    long refused = status.refusedLeases();
    return (status.isReady() ? "ready" : "not ready: " + reason(status))
        + status.lease().map(lease -> ", subnet " + plain(lease.subnets())).orElse("")
        + ", "
        + Math.max(0, status.leases().leases().size() - 1)
        + " peers"
        + (refused == 0 ? "" : ", " + refused + " leases refused");
  }
}
