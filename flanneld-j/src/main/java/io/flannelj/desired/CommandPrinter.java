package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Prints a desired state as the commands that would bring it about by hand. */
public final class CommandPrinter {
  // By which our routes are known again; Go flannel's have another one.
  private static final String PROTOCOL = " proto 102";

  private CommandPrinter() {}

  /** One command a line, in the order in which they have to run. */
  public static List<String> print(DesiredState state) {
    List<String> lines = new ArrayList<>();
    VxlanDevice device = state.device();
    state.sysctls().forEach((key, value) -> lines.add(sysctl(key, value)));
    lines.add(
        "ip link add "
            + device.name()
            + " address "
            + device.mac()
            + " mtu "
            + device.mtu()
            + " type vxlan id "
            + device.vni()
            + " local "
            + device.local()
            + " dev "
            + device.underlay()
            + " dstport "
            + device.port()
            + (device.learning() ? " learning" : " nolearning"));
    lines.add("ip address add " + state.address() + " dev " + device.name());
    lines.add("ip link set " + device.name() + " up");
    state.neighbours().forEach((ip, mac) -> lines.add(neighbour(device, ip, mac)));
    state.forwarding().forEach((mac, ip) -> lines.add(forwarding(device, mac, ip)));
    state.routes().forEach((subnet, target) -> lines.add(route(device, subnet, target)));
    lines.addAll(RulesPrinter.print(state.rules()));
    return lines;
  }

  /** {@code sysctl -w}. */
  public static String sysctl(String key, String value) {
    return "sysctl -w " + key + "=" + value;
  }

  /** {@code ip neighbour replace}. */
  public static String neighbour(VxlanDevice device, IpAddress ip, MacAddress mac) {
    return "ip neighbour replace "
        + ip
        + " lladdr "
        + mac
        + " dev "
        + device.name()
        + " nud permanent";
  }

  /** {@code bridge fdb replace}. */
  public static String forwarding(VxlanDevice device, MacAddress mac, IpAddress ip) {
    return "bridge fdb replace " + mac + " dev " + device.name() + " dst " + ip + " self permanent";
  }

  /** {@code ip route replace}. */
  public static String route(VxlanDevice device, IpPrefix subnet, RouteTarget target) {
    if (target instanceof RouteTarget.Direct) {
      return "ip route replace "
          + subnet
          + " via "
          + target.gateway()
          + " dev "
          + device.underlay()
          + PROTOCOL;
    }
    return "ip route replace "
        + subnet
        + " via "
        + target.gateway()
        + " dev "
        + device.name()
        + " onlink"
        + PROTOCOL;
  }

  /** The maps' sizes in one line, for logs. */
  public static String summary(DesiredState state) {
    Map<IpPrefix, RouteTarget> routes = state.routes();
    return state.device().name() + " with " + routes.size() + " peers";
  }
}
