package io.flannelj.status;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.lease.Lease;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** {@code flanneld-j status} for people, in the manner of {@code ip}. */
public final class StatusText {
  private static final String INDENT = "    ";

  private final StatusReport report;
  private final StringBuilder text = new StringBuilder();

  private StatusText(StatusReport report) {
    this.report = report;
  }

  /** The page. */
  public static String of(StatusReport report) {
    StatusText page = new StatusText(report);
    page.node();
    report.status().desired().forEach(page::device);
    page.tables();
    page.peers();
    return page.text.toString();
  }

  private void node() {
    DaemonStatus status = report.status();
    text.append(status.node())
        .append(status.isReady() ? ": ready" : ": not ready")
        .append(" for ")
        .append(age(status.since()))
        .append('\n');
    report
        .reasons()
        .forEach(reason -> text.append(INDENT).append("! ").append(reason).append('\n'));
    status
        .limits()
        .forEach(limit -> text.append(INDENT).append("off: ").append(limit).append('\n'));
    status
        .remarks()
        .forEach(remark -> text.append(INDENT).append("note: ").append(remark).append('\n'));
    if (status.lease().isPresent()) {
      Lease lease = status.lease().get();
      text.append(INDENT)
          .append("subnet ")
          .append(StatusPages.plain(lease.subnets()))
          .append(" public ip ")
          .append(StatusPages.plain(StatusPages.publicIps(lease)))
          .append(" lease ")
          .append(expiry(lease))
          .append('\n');
    }
    text.append(INDENT)
        .append("store ")
        .append(
            status.leases().inSync() && status.storeProblem().isEmpty() ? "in sync" : "not in sync")
        .append(", ")
        .append(status.leases().leases().size())
        .append(" leases\n");
  }

  private String expiry(Lease lease) {
    if (!lease.hasEnd()) {
      return lease.isReservation() ? "for ever" : "until it is removed";
    }
    Instant end = Instant.ofEpochMilli(lease.expiresAt()).truncatedTo(ChronoUnit.SECONDS);
    return end.isAfter(report.now())
        ? "until " + end + " (" + duration(Duration.between(report.now(), end)) + ")"
        : "ended " + end;
  }

  private void device(DesiredState desired) {
    VxlanDevice device = desired.device();
    text.append(device.name())
        .append(": vxlan id ")
        .append(device.vni())
        .append(" dstport ")
        .append(device.port())
        .append(" local ")
        .append(device.local())
        .append(" dev ")
        .append(device.underlay())
        .append(" mtu ")
        .append(device.mtu())
        .append(" address ")
        .append(device.mac())
        .append('\n');
  }

  private void tables() {
    if (report.tables().isEmpty()) {
      return;
    }
    text.append("kernel:\n");
    for (TableComparison table : report.tables()) {
      text.append(INDENT)
          .append(String.format("%-10s ", table.table()))
          .append(table.text())
          .append('\n');
    }
  }

  private void peers() {
    text.append("peers: ").append(report.peers().size());
    String paths =
        report.paths().entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(", "));
    text.append(paths.isEmpty() ? "\n" : ", " + paths + "\n");
    List<PeerStatus> peers = report.peers();
    int widest = peers.stream().mapToInt(peer -> peer.lease().node().length()).max().orElse(0);
    for (PeerStatus peer : peers) {
      text.append(INDENT)
          .append(
              String.format(
                  "%-" + Math.max(1, widest) + "s %s via %s %s age %s",
                  printable(peer.lease().node()),
                  peer.lease().subnet(),
                  peer.lease().publicIp(),
                  peer.paths(),
                  age(peer.since())));
      if (peer.isRefused()) {
        text.append(": ").append(printable(peer.lastError()));
      } else if (!peer.lastError().isEmpty()) {
        text.append(" last error ")
            .append(age(peer.lastErrorAt()))
            .append(" ago: ")
            .append(printable(peer.lastError()));
      }
      text.append('\n');
    }
  }

  /** A node's name is what its writer chose; a terminal must not obey it. */
  private static String printable(String untrusted) {
    StringBuilder plain = new StringBuilder();
    untrusted
        .codePoints()
        .forEach(point -> plain.appendCodePoint(Character.isISOControl(point) ? '?' : point));
    return plain.toString();
  }

  private String age(Instant since) {
    return since.equals(Instant.EPOCH)
        ? "unknown"
        : duration(Duration.between(since, report.now()));
  }

  /** The two largest units: 3d4h, 5m10s, 7s. */
  static String duration(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds >= 86_400) {
      return seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
    }
    if (seconds >= 3600) {
      return seconds / 3600 + "h" + seconds % 3600 / 60 + "m";
    }
    if (seconds >= 60) {
      return seconds / 60 + "m" + seconds % 60 + "s";
    }
    return seconds + "s";
  }
}
