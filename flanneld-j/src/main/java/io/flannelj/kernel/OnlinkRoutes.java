package io.flannelj.kernel;

import io.flannelj.libc.Errno;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import java.util.List;
import java.util.Optional;

/**
 * IPv6 routes onlink where another device has a route to their gateway.
 *
 * <p>IPv4's onlink is believed. IPv6's is checked: if a route other than the default one leads to
 * the gateway by another device, the kernel answers EINVAL, be it a foreign route to the very
 * subnet or one that covers all pods (fd00::/8 to a router). The check is made at insertion only,
 * so for that moment the gateway gets a host route on our device.
 */
final class OnlinkRoutes {
  private OnlinkRoutes() {}

  /** Whether a failure is this one. */
  static boolean isRefused(IpAddress gateway, RuntimeException failure) {
    return !gateway.isIpv4()
        && failure instanceof NetlinkException refused
        && refused.errno() == Errno.EINVAL;
  }

  /**
   * Whether a route is one that was made for that moment. It must call for no look at the kernel:
   * if the route itself is refused all the same, as with a gateway that is an address of this node,
   * that look would try it again at once, and make the next helper.
   */
  static boolean isHelper(RouteInfo route) {
    return !route.destination().isIpv4()
        && route.destination().length() == AddressFamily.IPV6.bitLength()
        && route.protocol() == Ownership.PROTOCOL
        && route.onlyHop().filter(hop -> hop.gateway().isEmpty()).isPresent();
  }

  /** Puts the route all the same; what fails now. */
  static Optional<RuntimeException> put(
      NetlinkTransport transport, IpAddress gateway, int device, NetlinkRequest route) {
    RouteSpec host =
        RouteSpec.onDevice(gateway.toHostPrefix(), device).withProtocol(Ownership.PROTOCOL);
    List<Optional<NetlinkException>> results =
        transport.executeAll(List.of(Routes.replace(host), route, Routes.delete(host)));
    return results.get(1).map(failure -> failure);
  }
}
