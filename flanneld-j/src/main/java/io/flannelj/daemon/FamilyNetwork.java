package io.flannelj.daemon;

import io.flannelj.backend.vxlan.VxlanPlan;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RulesPrinter;
import io.flannelj.kernel.AddressTable;
import io.flannelj.kernel.BlackholeTable;
import io.flannelj.kernel.DeviceIndex;
import io.flannelj.kernel.FdbTable;
import io.flannelj.kernel.ForwardTable;
import io.flannelj.kernel.NeighbourTable;
import io.flannelj.kernel.RouteTable;
import io.flannelj.kernel.RulesTable;
import io.flannelj.kernel.Shadows;
import io.flannelj.kernel.SysctlTable;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.kernel.Watched;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.reconcile.Binding;
import io.flannelj.reconcile.Reconciler;
import io.flannelj.reconcile.TableStatus;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * One address family of the node's network: a device of its own, a plan of its own, tables of its
 * own. So what fails in one family delays nothing in the other.
 */
final class FamilyNetwork {
  private final AddressFamily family;
  private final boolean blackhole;
  private final DeviceIndex device = new DeviceIndex();
  private final Reconciler reconciler;
  private final Shadows shadows;
  private VxlanPlan plan;
  private VxlanPlan.Outcome outcome;
  private volatile Optional<DesiredState> desired = Optional.empty();

  /**
   * Over the daemon's sockets.
   *
   * @param plan the first one
   * @param blackhole whether addresses of our subnet that no pod has are unreachable
   */
  FamilyNetwork(NetlinkSocket route, NetlinkSocket netfilter, VxlanPlan plan, boolean blackhole) {
    this.blackhole = blackhole;
    this.family = plan.family();
    this.plan = plan;
    this.outcome = plan.plan(LeaseSnapshot.UNKNOWN);
    RouteTable routeTable = routeTable(route);
    this.shadows = new Shadows(route, routeTable);
    this.reconciler = reconciler(route, netfilter, routeTable);
  }

  private RouteTable routeTable(NetlinkSocket route) {
    return new RouteTable(
        route, device, () -> plan.facts().underlayIndex(), () -> plan.rules().network());
  }

  private Reconciler reconciler(
      NetlinkSocket route, NetlinkSocket netfilter, RouteTable routeTable) {
    Supplier<IpPrefix> network = () -> plan.rules().network();
    return new Reconciler(
        new Binding<>(new SysctlTable(new Sysctl()), DesiredState::sysctls),
        new VxlanDeviceTable(route, device, Optional.of(new Sysctl())),
        List.of(
            new Binding<>(
                new AddressTable(route, device, network), state -> Map.of(state.address(), true)),
            new Binding<>(new NeighbourTable(route, device, network), DesiredState::neighbours),
            new Binding<>(new FdbTable(route, device), DesiredState::forwarding),
            new Binding<>(routeTable, DesiredState::routes),
            new Binding<>(
                new BlackholeTable(route, network),
                state -> blackhole ? Map.of(state.rules().subnet(), true) : Map.of()),
            new Binding<>(
                new RulesTable(netfilter),
                state -> Map.of(RulesPrinter.table(state.rules()), state.rules())),
            new Binding<>(
                new ForwardTable(netfilter),
                state -> Map.of(ForwardTable.key(state.rules()), state.rules()))),
        System::nanoTime);
  }

  AddressFamily family() {
    return family;
  }

  /** Plans differently from now on: the node, its lease or its interface changed. */
  void use(VxlanPlan changed) {
    plan = changed;
  }

  /** Plans for a snapshot, and makes the kernel so. */
  Reconciler.Round round(LeaseSnapshot leases, boolean leasesOnly) {
    outcome = plan.plan(leases, outcome);
    DesiredState state = outcome.state();
    desired = Optional.of(state);
    Reconciler.Round round =
        leasesOnly
            ? reconciler.incremental(state, leases.inSync())
            : reconciler.full(state, leases.inSync());
    return family == AddressFamily.IPV4 ? round : named(round);
  }

  /** IPv6's tables get a 6 behind their names; IPv4's are called what they always were. */
  private static Reconciler.Round named(Reconciler.Round round) {
    List<TableStatus> tables =
        round.tables().stream().map(table -> table.named(table.table() + "6")).toList();
    return new Reconciler.Round(tables, round.changed(), round.error());
  }

  /** What of other programs takes our packets, as the last look at the kernel showed it. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>(plan.remarks());
    remarks.addAll(shadows.of(outcome.state()));
    return remarks;
  }

  void hurry() {
    reconciler.hurry();
  }

  OptionalLong nextRetry() {
    return reconciler.nextRetry();
  }

  /** What the last round wanted. */
  VxlanPlan.Outcome outcome() {
    return outcome;
  }

  /** MTU of the device, bytes. */
  int mtu() {
    return plan.mtu();
  }

  /** For the monitor; may be called from any thread. */
  Optional<Watched> watched() {
    return desired.map(state -> new Watched(state, device.get()));
  }
}
