package io.flannelj.status;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that {@code flanneld-j status} tells.
 *
 * @param status the daemon's own view
 * @param tables the kernel beside what must be in it, read for this report
 * @param peers other nodes by subnet
 * @param now the moment
 */
public record StatusReport(
    DaemonStatus status, List<TableComparison> tables, List<PeerStatus> peers, Instant now) {

  /** Puts together what is known. */
  public static StatusReport of(
      DaemonStatus status, PeerHistory history, List<TableComparison> tables, Instant now) {
    List<Lease> sorted = new ArrayList<>(status.leases().leases().values());
    sorted.removeIf(lease -> lease.node().equals(status.node()));
    sorted.sort(Comparator.comparing(StatusReport::sortKey));
    List<PeerStatus> peers = new ArrayList<>(sorted.size());
    for (Lease lease : sorted) {
      PeerHistory.Seen seen = history.of(lease.subnet());
      String refusal = status.refused().getOrDefault(lease.node(), "");
      peers.add(
          refusal.isEmpty()
              ? new PeerStatus(
                  lease, path(status, lease), seen.since(), seen.error(), seen.errorAt())
              : new PeerStatus(lease, PeerStatus.REFUSED, seen.since(), refusal, seen.since()));
    }
    return new StatusReport(status, List.copyOf(tables), List.copyOf(peers), now);
  }

  private static String path(DaemonStatus status, Lease lease) {
    for (DesiredState desired : status.desired()) {
      RouteTarget target = desired.routes().get(lease.subnet());
      if (target instanceof RouteTarget.Direct) {
        return "direct";
      }
      if (target instanceof RouteTarget.Tunnel) {
        return "tunnel";
      }
    }
    return "none";
  }

  /** Sorts by address; IPv4 before IPv6. */
  static String sortKey(Lease lease) {
    StringBuilder key = new StringBuilder();
    key.append(lease.subnet().isIpv4() ? '4' : '6');
    for (byte octet : lease.subnet().address().toBytes()) {
      key.append((char) (octet & 0xff));
    }
    return key.toString();
  }

  /** Everything that keeps this node from being as it should be; empty if nothing does. */
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    if (!status.problem().isEmpty()) {
      reasons.add(status.problem());
    } else if (!status.everReady()) {
      reasons.add("subnet.env is not written yet");
    }
    status.storeProblem().lines().forEach(fault -> reasons.add("store: " + fault));
    if (status.storeProblem().isEmpty() && !status.leases().inSync()) {
      reasons.add("store: not all leases have been read yet");
    }
    for (TableComparison table : tables) {
      if (!table.inSync()) {
        reasons.add(table.table() + ": " + table.text());
      }
    }
    return reasons;
  }

  /** Peers by path. */
  public Map<String, Long> paths() {
    Map<String, Long> paths = new TreeMap<>();
    peers.forEach(peer -> paths.merge(peer.path(), 1L, Long::sum));
    return paths;
  }
}
