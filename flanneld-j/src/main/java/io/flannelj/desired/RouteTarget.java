package io.flannelj.desired;

import io.flannelj.net.IpAddress;

/** Where a peer's subnet is reached. */
public sealed interface RouteTarget {
  /** The next hop. */
  IpAddress gateway();

  /**
   * Through the VXLAN device: the gateway is the peer's .0, which only its neighbour entry makes
   * reachable, hence onlink.
   *
   * @param gateway the peer's device address
   */
  record Tunnel(IpAddress gateway) implements RouteTarget {}

  /**
   * Directly over the external interface (DirectRouting): the peer is on the same link.
   *
   * @param gateway the peer's public address
   */
  record Direct(IpAddress gateway) implements RouteTarget {}
}
