package io.flannelj.daemon;

import io.flannelj.config.NetConf;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.ForeignFirewall;
import io.flannelj.kernel.FormerGateways;
import io.flannelj.kernel.GoFlannelChains;
import io.flannelj.kernel.GoFlannelLegacyChains;
import io.flannelj.kernel.PodBridge;
import io.flannelj.kernel.PodBridgeTable;
import io.flannelj.kernel.PodNetwork;
import io.flannelj.kernel.PodPortTable;
import io.flannelj.kernel.SysctlTable;
import io.flannelj.libc.NativeException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.reconcile.Binding;
import io.flannelj.reconcile.DeviceTable;
import io.flannelj.reconcile.Reconciler;
import io.flannelj.reconcile.TableStatus;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is around the families' networks: the bridge that pods are attached to, kept as it was seen,
 * and whatever of other programs an operator should know of.
 */
final class Surroundings {
  private static final Logger LOG = LoggerFactory.getLogger(Surroundings.class);

  private final NetlinkTransport route;
  private final NetlinkTransport netfilter;
  private final PodBridge bridge;
  private final Reconciler reconciler;
  private final BridgeMemory memory;
  private final FormerPods formerPods;
  private final FormerGateways formerGateways;
  private final FamilyRounds networks;
  private final ForeignFirewall firewall;
  private final GoFlannelChains goFlannel;
  private final GoFlannelLegacyChains goFlannelLegacy = new GoFlannelLegacyChains();
  private List<TableStatus> last = List.of();
  private List<String> remarks = List.of();

  Surroundings(
      NetlinkTransport route,
      NetlinkTransport netfilter,
      PodBridge bridge,
      BridgeMemory memory,
      FormerPods formerPods,
      ForeignFirewall firewall,
      FamilyRounds networks) {
    this.formerPods = formerPods;
    this.netfilter = netfilter;
    this.formerGateways = new FormerGateways(route, bridge, formerPods::users);
    this.memory = memory;
    this.route = route;
    this.bridge = bridge;
    this.networks = networks;
    this.firewall = firewall;
    this.goFlannel = new GoFlannelChains(netfilter);
    Sysctl sysctl = new Sysctl();
    this.reconciler =
        new Reconciler(
            new Binding<>(new SysctlTable(sysctl), state -> Map.of()),
            device -> DeviceTable.Change.NONE,
            List.of(
                new Binding<>(
                    new PodBridgeTable(route, sysctl, bridge), state -> bridge.wantedBridge()),
                new Binding<>(new PodPortTable(route, bridge), state -> bridge.wantedPorts())),
            System::nanoTime);
  }

  /**
   * Keeps the bridge, if the kernel is to be looked at.
   *
   * @param families what the round of the families has come to; the result has both
   */
  Reconciler.Round round(
      Reconciler.Round families, List<DesiredState> desired, boolean leasesOnly) {
    int changed = 0;
    String error = "";
    if (!leasesOnly && !desired.isEmpty()) {
      bridge.look(route, PodNetwork.of(desired, networks.mtu()));
      Reconciler.Round own = reconciler.full(desired.get(0), false);
      last = own.tables().stream().filter(table -> table.desired() > 0).toList();
      memory.keep(bridge.toRemember());
      changed = own.changed() + removeFormerGateways();
      if (families.inSync()) {
        changed += removeGoFlannelsChains(desired);
      }
      error = own.error();
      remarks = remarks(desired);
    }
    List<TableStatus> tables = new ArrayList<>(families.tables());
    tables.addAll(last);
    return new Reconciler.Round(
        tables,
        families.changed() + changed,
        families.error().isEmpty() ? error : families.error());
  }

  /** Once, at the start. */
  void removeFormerFamilies(NetConf netConf) {
    FormerFamilies.remove(route, netfilter, netConf);
  }

  private int removeFormerGateways() {
    try {
      return formerGateways.remove();
    } catch (NativeException e) {
      LOG.warn("the gateway of a former subnet stays: {}", e.getMessage());
      return 0;
    }
  }

  private int removeGoFlannelsChains(List<DesiredState> desired) {
    try {
      List<TrafficRules> rules = desired.stream().map(DesiredState::rules).toList();
      int removed = goFlannel.remove(rules) + goFlannelLegacy.remove(rules);
      if (removed > 0) {
        LOG.info("removed {} chains of Go flannel: our rules do the same", removed);
      }
      return removed;
    } catch (NativeException e) {
      LOG.warn("Go flannel's chains stay: {}", e.getMessage());
      return 0;
    }
  }

  OptionalLong nextRetry() {
    return reconciler.nextRetry();
  }

  /** Whether something is to be done as soon as certain pods are gone. */
  boolean awaitsFormerPods() {
    return !formerPods.text().isEmpty() || !formerGateways.remarks().isEmpty();
  }

  /** What an operator should know, one line each, with what mends it. */
  List<String> remarks() {
    return remarks;
  }

  /** What cannot be read keeps nothing from working; the tables that mend say so themselves. */
  private List<String> remarks(List<DesiredState> desired) {
    List<String> found = new ArrayList<>();
    try {
      found.addAll(networks.remarks());
      for (DesiredState state : desired) {
        found.addAll(firewall.obstacles(state));
      }
    } catch (NativeException e) {
      found.add("foreign routes and filters cannot be looked at: " + e.getMessage());
    }
    found.addAll(formerGateways.remarks());
    found.addAll(goFlannel.remarks());
    found.addAll(goFlannelLegacy.remarks());
    int old = bridge.portsWithOtherMtu();
    if (old > 0) {
      found.add(
          old
              + " of "
              + bridge.ports()
              + " pods have another MTU than the "
              + bridge.mtu()
              + " bytes that new ones get: start them anew when it suits");
    }
    // What concerns a port is the same for both families.
    return found.stream().distinct().toList();
  }
}
