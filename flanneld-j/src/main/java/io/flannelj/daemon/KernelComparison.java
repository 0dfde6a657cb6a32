package io.flannelj.daemon;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.kernel.AddressTable;
import io.flannelj.kernel.DeviceIndex;
import io.flannelj.kernel.FdbTable;
import io.flannelj.kernel.ForwardTable;
import io.flannelj.kernel.NeighbourTable;
import io.flannelj.kernel.PodBridge;
import io.flannelj.kernel.PodBridgePlan;
import io.flannelj.kernel.RouteTable;
import io.flannelj.kernel.RulesTable;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.VxlanInfo;
import io.flannelj.reconcile.Delta;
import io.flannelj.reconcile.KernelTable;
import io.flannelj.status.TableComparison;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Compares the kernel with what must be in it, for a report. Changes nothing. Reads with sockets
 * and tables of its own: those of the reconciling thread are not shared.
 */
final class KernelComparison implements AutoCloseable {
  private final NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
  private final NetlinkSocket netfilter = NetlinkSocket.open(NetlinkFamily.NETFILTER);

  /** The tables of all families, IPv6's with a 6 behind their names, and the bridge. */
  List<TableComparison> compare(List<DesiredState> desired, PodBridge bridge) {
    List<TableComparison> tables = new ArrayList<>();
    for (DesiredState state : desired) {
      compare(state, state.rules().network().isIpv4() ? "" : "6", tables);
    }
    bridge(bridge).ifPresent(tables::add);
    return tables;
  }

  private void compare(DesiredState desired, String suffix, List<TableComparison> tables) {
    DeviceIndex index = new DeviceIndex();
    IpPrefix network = desired.rules().network();
    tables.add(sysctls(desired, "sysctl" + suffix));
    tables.add(device(desired.device(), index));
    if (index.get() != 0) {
      tables.add(
          compare(
              new AddressTable(route, index, () -> network),
              Map.of(desired.address(), true),
              suffix));
      tables.add(
          compare(new NeighbourTable(route, index, () -> network), desired.neighbours(), suffix));
      tables.add(compare(new FdbTable(route, index), desired.forwarding(), suffix));
      tables.add(
          compare(
              new RouteTable(route, index, () -> desired.device().underlayIndex(), () -> network),
              desired.routes(),
              suffix));
    }
    RulesTable rules = new RulesTable(netfilter);
    tables.add(whole(rules.name() + suffix, () -> rules.isInKernel(desired.rules())));
    ForwardTable forward = new ForwardTable(netfilter);
    tables.add(whole(forward.name() + suffix, () -> forward.isInKernel(desired.rules())));
  }

  /** The bridge of the pods with its ports: what would mend it. */
  private Optional<TableComparison> bridge(PodBridge bridge) {
    return bridge.wantedBridge().keySet().stream()
        .findFirst()
        .map(
            name -> {
              int objects = 1 + bridge.ports();
              try {
                return TableComparison.of(
                    name,
                    objects,
                    new PodBridgePlan(bridge).differing(route, new Sysctl()),
                    List.of());
              } catch (RuntimeException e) {
                return TableComparison.unreadable(name, objects, String.valueOf(e.getMessage()));
              }
            });
  }

  private static <K, V> TableComparison compare(
      KernelTable<K, V> table, Map<K, V> desired, String suffix) {
    String name = table.name() + suffix;
    try {
      Delta<K, V> delta = Delta.between(desired, table.dumpOwned());
      return TableComparison.of(
          name, desired.size(), delta.toPut().keySet(), delta.toRemove().keySet());
    } catch (RuntimeException e) {
      return TableComparison.unreadable(name, desired.size(), String.valueOf(e.getMessage()));
    }
  }

  /** A table that is right or wrong as a whole. */
  private static TableComparison whole(String name, BooleanSupplier isInKernel) {
    try {
      return TableComparison.of(
          name, 1, isInKernel.getAsBoolean() ? List.of() : List.of("its rules"), List.of());
    } catch (RuntimeException e) {
      return TableComparison.unreadable(name, 1, String.valueOf(e.getMessage()));
    }
  }

  private static TableComparison sysctls(DesiredState desired, String name) {
    Sysctl sysctl = new Sysctl();
    List<String> wrong = new ArrayList<>();
    try {
      desired
          .sysctls()
          .forEach(
              (key, value) ->
                  sysctl
                      .read(key)
                      .filter(present -> !present.equals(value))
                      .ifPresent(present -> wrong.add(key + "=" + present)));
      return TableComparison.of(name, desired.sysctls().size(), wrong, List.of());
    } catch (RuntimeException e) {
      return TableComparison.unreadable(
          name, desired.sysctls().size(), String.valueOf(e.getMessage()));
    }
  }

  private TableComparison device(VxlanDevice device, DeviceIndex index) {
    try {
      Optional<LinkInfo> link = new VxlanDeviceTable(route, index).locate(device.name());
      List<String> wrong =
          link.isPresent() ? differences(device, link.get()) : List.of("no such device");
      return new TableComparison(
          device.name(), 1, wrong.isEmpty() ? 0 : 1, 0, List.copyOf(wrong), "");
    } catch (RuntimeException e) {
      return TableComparison.unreadable(device.name(), 1, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> differences(VxlanDevice device, LinkInfo link) {
    List<String> wrong = new ArrayList<>();
    if (link.vxlan().isEmpty()) {
      return List.of("kind " + link.kind());
    }
    VxlanInfo vxlan = link.vxlan().get();
    differ(wrong, "id", vxlan.vni(), device.vni());
    differ(wrong, "dstport", vxlan.port(), device.port());
    differ(wrong, "local", vxlan.local(), Optional.of(device.local()));
    differ(wrong, "mtu", link.mtu(), device.mtu());
    differ(wrong, "address", link.mac(), device.mac());
    if (!link.isUp()) {
      wrong.add("down");
    }
    return wrong;
  }

  private static void differ(List<String> wrong, String what, Object present, Object wanted) {
    if (!present.equals(wanted)) {
      Object shown =
          present instanceof Optional<?> maybe && maybe.isPresent() ? maybe.get() : present;
      wrong.add(what + " " + shown);
    }
  }

  @Override
  public void close() {
    route.close();
    netfilter.close();
  }
}
