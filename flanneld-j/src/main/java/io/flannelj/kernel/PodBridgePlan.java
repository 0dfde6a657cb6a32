package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.desired.CommandPrinter;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The bridge of the pods and its ports as commands: all of it, or what differs in the kernel.
 * Changes nothing, and tells the reconciling thread nothing of what it sees.
 */
public final class PodBridgePlan {
  private final PodBridge bridge;

  /** For the bridge as it is known. */
  public PodBridgePlan(PodBridge bridge) {
    this.bridge = bridge;
  }

  /** Everything, in the order in which it has to be typed; nothing before there is a bridge. */
  public List<String> commands() {
    List<String> lines = new ArrayList<>();
    bridge
        .wantedBridge()
        .forEach(
            (name, wanted) -> {
              make(name, wanted, lines);
              new TreeMap<>(bridge.wantedPorts())
                  .values()
                  .forEach(port -> attach(port.name(), name, port, lines));
            });
    return lines;
  }

  /** What differs, as the commands that mend it. */
  public List<String> differences(NetlinkTransport route, Sysctl sysctl) {
    return byDevice(route, sysctl).values().stream().flatMap(List::stream).toList();
  }

  /** The bridge and those ports that differ, each with the first command that mends it. */
  public List<String> differing(NetlinkTransport route, Sysctl sysctl) {
    return byDevice(route, sysctl).entrySet().stream()
        .map(device -> device.getKey() + " (" + device.getValue().get(0) + ")")
        .toList();
  }

  private Map<String, List<String>> byDevice(NetlinkTransport route, Sysctl sysctl) {
    Map<String, List<String>> devices = new LinkedHashMap<>();
    bridge
        .wantedBridge()
        .forEach(
            (name, wanted) -> {
              List<String> lines = new ArrayList<>();
              Optional<LinkInfo> link = Links.show(route, LinkId.named(name));
              int index = 0;
              if (link.isEmpty()) {
                make(name, wanted, lines);
              } else if (!link.get().kind().equals("bridge")) {
                lines.add("ip link delete " + name);
                make(name, wanted, lines);
              } else {
                index = link.get().index();
                mend(route, sysctl, link.get(), wanted, lines);
              }
              if (!lines.isEmpty()) {
                devices.put(name, lines);
              }
              ports(route, name, index, devices);
            });
    return devices;
  }

  private static void make(String name, PodBridgeFacts wanted, List<String> lines) {
    lines.add("ip link add " + name + " address " + wanted.mac() + " type bridge");
    lines.add("ip link set " + name + " mtu " + wanted.mtu());
    new TreeMap<>(wanted.sysctls())
        .forEach((key, value) -> lines.add(CommandPrinter.sysctl(key, value)));
    sorted(wanted.addresses()).forEach(address -> lines.add(add(name, address)));
    lines.add("ip link set " + name + " up");
  }

  private static List<IpPrefix> sorted(Set<IpPrefix> addresses) {
    return addresses.stream().sorted((a, b) -> Boolean.compare(b.isIpv4(), a.isIpv4())).toList();
  }

  private static String add(String name, IpPrefix address) {
    return "ip address add "
        + address
        + (address.isIpv4() ? " broadcast +" : " nodad")
        + " dev "
        + name;
  }

  private void mend(
      NetlinkTransport route,
      Sysctl sysctl,
      LinkInfo link,
      PodBridgeFacts wanted,
      List<String> lines) {
    String set = "ip link set " + link.name() + " ";
    if (link.mtu() != wanted.mtu()) {
      lines.add(set + "mtu " + wanted.mtu());
    }
    if (!link.mac().equals(wanted.mac())) {
      lines.add(set + "address " + wanted.mac());
    }
    new TreeMap<>(wanted.sysctls())
        .forEach(
            (key, value) -> {
              if (!sysctl.read(key).orElse(value).equals(value)) {
                lines.add(CommandPrinter.sysctl(key, value));
              }
            });
    PodNetwork network = bridge.network();
    Set<IpPrefix> present =
        Addresses.show(route, AF_UNSPEC, link.index()).stream()
            .map(AddressInfo::prefix)
            .filter(network::holds)
            .collect(Collectors.toSet());
    sorted(wanted.addresses()).stream()
        .filter(address -> !present.contains(address))
        .forEach(address -> lines.add(add(link.name(), address)));
    present.stream()
        .filter(address -> !wanted.addresses().contains(address))
        .forEach(address -> lines.add("ip address delete " + address + " dev " + link.name()));
    if (!link.isUp()) {
      lines.add(set + "up");
    }
  }

  /** A port that is on the bridge is right however it was set since. */
  private void ports(
      NetlinkTransport route, String name, int index, Map<String, List<String>> devices) {
    for (Map.Entry<Integer, PodPortFacts> entry : new TreeMap<>(bridge.wantedPorts()).entrySet()) {
      Optional<LinkInfo> port = Links.show(route, PodPortFacts.id(entry.getKey()));
      if (port.isEmpty()) {
        continue;
      }
      List<String> lines = new ArrayList<>();
      if (index == 0 || port.get().master() != index) {
        attach(port.get().name(), name, entry.getValue(), lines);
      } else if (!port.get().isUp()) {
        lines.add("ip link set " + port.get().name() + " up");
      }
      if (!lines.isEmpty()) {
        devices.put(port.get().name(), lines);
      }
    }
  }

  private static void attach(String port, String bridge, PodPortFacts wanted, List<String> lines) {
    lines.add("ip link set " + port + " master " + bridge);
    lines.add(
        "bridge link set dev "
            + port
            + " hairpin "
            + (wanted.hairpin() ? "on" : "off")
            + " isolated "
            + (wanted.isolated() ? "on" : "off"));
    lines.add("ip link set " + port + " up");
  }
}
