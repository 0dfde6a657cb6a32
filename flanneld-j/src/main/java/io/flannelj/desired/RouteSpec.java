package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import java.util.Optional;

/**
 * A unicast route with one next hop.
 *
 * @param link the device it leaves by
 * @param gateway the next hop; empty: the destination is on the link
 * @param onlink RTNH_F_ONLINK: the gateway counts as reachable although no address says so
 * @param protocol who installed it
 */
public record RouteSpec(
    LinkName link, Optional<IpAddress> gateway, boolean onlink, RouteProtocol protocol) {

  /** Through a tunnel device: only a neighbour entry makes the gateway reachable. */
  public static RouteSpec onlink(LinkName link, IpAddress gateway) {
    return new RouteSpec(link, Optional.of(gateway), true, RouteProtocol.FLANNELJ);
  }

  /** To a gateway that is on the link. */
  public static RouteSpec via(LinkName link, IpAddress gateway) {
    return new RouteSpec(link, Optional.of(gateway), false, RouteProtocol.FLANNELJ);
  }
}
