package io.flannelj.daemon;

import io.flannelj.backend.vxlan.VxlanPlan;
import io.flannelj.desired.DesiredState;
import io.flannelj.kernel.Watched;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.Refusal;
import io.flannelj.reconcile.Reconciler;
import io.flannelj.reconcile.TableStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/** The families' networks as one. Owned by the reconciling thread, but for {@link #watched}. */
final class FamilyRounds {
  private final Function<VxlanPlan, FamilyNetwork> opener;
  private volatile List<FamilyNetwork> networks = List.of();
  private int mtu;

  /** Opens a family's network when there is a first plan for it. */
  FamilyRounds(Function<VxlanPlan, FamilyNetwork> opener) {
    this.opener = opener;
  }

  /**
   * Plans differently from now on, for those families that there is a plan for; the others stay as
   * they are.
   *
   * @param whole whether it is all families: as long as it is not, pods get the MTU that they got
   */
  void use(List<VxlanPlan> plans, boolean whole) {
    List<FamilyNetwork> present = new ArrayList<>(networks);
    for (VxlanPlan plan : plans) {
      present.stream()
          .filter(network -> network.family() == plan.family())
          .findFirst()
          .ifPresentOrElse(network -> network.use(plan), () -> present.add(opener.apply(plan)));
    }
    networks = List.copyOf(present);
    if (whole) {
      mtu = networks.stream().mapToInt(FamilyNetwork::mtu).min().orElseThrow();
    }
  }

  /** A round of every family; what one reports does not keep the other from its own. */
  Reconciler.Round round(LeaseSnapshot leases, boolean leasesOnly) {
    if (networks.size() == 1) {
      return networks.get(0).round(leases, leasesOnly);
    }
    List<TableStatus> tables = new ArrayList<>();
    int changed = 0;
    String error = "";
    for (FamilyNetwork network : networks) {
      Reconciler.Round round = network.round(leases, leasesOnly);
      tables.addAll(round.tables());
      changed += round.changed();
      error = join(error, round.error());
    }
    return new Reconciler.Round(tables, changed, error);
  }

  private static String join(String one, String other) {
    return one.isEmpty() || other.isEmpty() || one.equals(other) ? one + other : one + "; " + other;
  }

  /** Leases, or halves of them, that must not reach the kernel. */
  List<Refusal> refused() {
    return networks.stream().flatMap(network -> network.outcome().refused().stream()).toList();
  }

  /** What of other programs takes our packets, and what does not fit, a line each. */
  List<String> remarks() {
    return networks.stream().flatMap(network -> network.remarks().stream()).toList();
  }

  /** What must exist, by family. */
  List<DesiredState> desired() {
    return networks.stream().map(network -> network.outcome().state()).toList();
  }

  /** An event may have taken away what made something fail, such as an uplink that was down. */
  void hurry() {
    networks.forEach(FamilyNetwork::hurry);
  }

  /** Nanoseconds until something that failed is due again; empty if nothing failed. */
  OptionalLong nextRetry() {
    return networks.stream()
        .map(FamilyNetwork::nextRetry)
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .min();
  }

  /** What fits through the devices of all families, bytes: a pod has one interface for all. */
  int mtu() {
    return mtu;
  }

  /** For the monitor; may be called from any thread. */
  List<Watched> watched() {
    return networks.stream().flatMap(network -> network.watched().stream()).toList();
  }
}
