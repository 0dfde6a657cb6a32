package io.flannelj.status;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.lease.Lease;
import io.flannelj.lease.Refusal;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

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
    Map<IpPrefix, List<Refusal>> refusals =
        status.refused().stream().collect(Collectors.groupingBy(Refusal::lease));
    List<PeerStatus> peers = new ArrayList<>(sorted.size());
    for (Lease lease : sorted) {
      peers.add(
          peer(
              lease,
              status.desired(),
              refusals.getOrDefault(lease.subnet(), List.of()),
              history.of(lease.subnet())));
    }
    return new StatusReport(status, List.copyOf(tables), List.copyOf(peers), now);
  }

  private static PeerStatus peer(
      Lease lease, List<DesiredState> families, List<Refusal> refused, PeerHistory.Seen seen) {
    List<String> paths = new ArrayList<>();
    for (DesiredState desired : families) {
      AddressFamily family = AddressFamily.of(desired.rules().network());
      lease
          .half(family)
          .ifPresent(
              half ->
                  paths.add(
                      refused.stream().anyMatch(refusal -> refusal.family() == family)
                          ? PeerStatus.REFUSED
                          : path(desired, half)));
    }
    String why = refused.stream().map(Refusal::why).distinct().collect(Collectors.joining("; "));
    return new PeerStatus(
        lease,
        paths.isEmpty() ? "none" : paths.get(0),
        paths.size() < 2 ? Optional.empty() : Optional.of(paths.get(1)),
        seen.since(),
        why.isEmpty() ? seen.error() : why,
        why.isEmpty() ? seen.errorAt() : seen.since());
  }

  private static String path(DesiredState desired, Lease half) {
    RouteTarget target = desired.routes().get(half.subnet());
    if (target == null) {
      return "none";
    }
    return target instanceof RouteTarget.Direct ? "direct" : "tunnel";
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
    peers.forEach(peer -> paths.merge(peer.paths(), 1L, Long::sum));
    return paths;
  }
}
