package io.flannelj.daemon;

import io.flannelj.desired.CommandPrinter;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RulesPrinter;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.kernel.AddressTable;
import io.flannelj.kernel.DeviceIndex;
import io.flannelj.kernel.FdbTable;
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
import io.flannelj.reconcile.Delta;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Prints what differs between the desired state and the kernel, as the commands that would mend it.
 * Reads with sockets and tables of its own: those of the reconciling thread are not shared.
 */
final class PlanDiff implements AutoCloseable {
  private final NetlinkSocket route = NetlinkSocket.open(NetlinkFamily.ROUTE);
  private final NetlinkSocket netfilter = NetlinkSocket.open(NetlinkFamily.NETFILTER);
  private final DeviceIndex index = new DeviceIndex();

  /** For all families; the pods' bridge is kept as it is found. */
  String print(List<DesiredState> desired) {
    return print(desired, new PodBridgePlan(new PodBridge()));
  }

  /** For all families, and the bridge of their pods. */
  String print(List<DesiredState> desired, PodBridgePlan bridge) {
    StringBuilder text = new StringBuilder();
    desired.forEach(state -> text.append(print(state)));
    bridge.differences(route, new Sysctl()).forEach(line -> text.append(line).append('\n'));
    return text.length() == 0 ? "# the kernel is as it should be\n" : text.toString();
  }

  private String print(DesiredState desired) {
    VxlanDevice device = desired.device();
    Optional<LinkInfo> link = new VxlanDeviceTable(route, index).locate(device.name());
    if (link.isEmpty()) {
      return "# "
          + device.name()
          + " is missing\n"
          + String.join("\n", CommandPrinter.print(desired))
          + "\n";
    }
    List<String> lines = new ArrayList<>();
    sysctls(desired, lines);
    link(device, link.get(), lines);
    IpPrefix network = desired.rules().network();
    Delta<IpPrefix, Boolean> addresses =
        Delta.between(
            Map.of(desired.address(), true),
            new AddressTable(route, index, () -> network).dumpOwned());
    addresses
        .toPut()
        .keySet()
        .forEach(prefix -> lines.add("ip address add " + prefix + " dev " + device.name()));
    addresses
        .toRemove()
        .keySet()
        .forEach(prefix -> lines.add("ip address delete " + prefix + " dev " + device.name()));
    peers(desired, network, lines);
    if (!new RulesTable(netfilter).isInKernel(desired.rules())) {
      lines.addAll(RulesPrinter.print(desired.rules()));
    }
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }

  private static void sysctls(DesiredState desired, List<String> lines) {
    Sysctl sysctl = new Sysctl();
    desired
        .sysctls()
        .forEach(
            (key, value) -> {
              if (!sysctl.read(key).orElse(value).equals(value)) {
                lines.add(CommandPrinter.sysctl(key, value));
              }
            });
  }

  private static void link(VxlanDevice device, LinkInfo link, List<String> lines) {
    if (!link.mac().equals(device.mac())) {
      lines.add("ip link set " + device.name() + " address " + device.mac());
    }
    if (link.mtu() != device.mtu()) {
      lines.add("ip link set " + device.name() + " mtu " + device.mtu());
    }
    if (!link.isUp()) {
      lines.add("ip link set " + device.name() + " up");
    }
  }

  private void peers(DesiredState desired, IpPrefix network, List<String> lines) {
    VxlanDevice device = desired.device();
    var neighbours =
        Delta.between(
            desired.neighbours(), new NeighbourTable(route, index, () -> network).dumpOwned());
    neighbours.toPut().forEach((ip, mac) -> lines.add(CommandPrinter.neighbour(device, ip, mac)));
    var forwarding = Delta.between(desired.forwarding(), new FdbTable(route, index).dumpOwned());
    forwarding.toPut().forEach((mac, ip) -> lines.add(CommandPrinter.forwarding(device, mac, ip)));
    var routes =
        Delta.between(
            desired.routes(),
            new RouteTable(route, index, device::underlayIndex, () -> network).dumpOwned());
    routes.toPut().forEach((net, to) -> lines.add(CommandPrinter.route(device, net, to)));
    routes
        .toRemove()
        .forEach((net, to) -> lines.add("ip route delete " + net + " via " + to.gateway()));
    forwarding
        .toRemove()
        .forEach(
            (mac, ip) ->
                lines.add("bridge fdb delete " + mac + " dev " + device.name() + " dst " + ip));
    neighbours
        .toRemove()
        .forEach((ip, mac) -> lines.add("ip neighbour delete " + ip + " dev " + device.name()));
  }

  @Override
  public void close() {
    route.close();
    netfilter.close();
  }
}
