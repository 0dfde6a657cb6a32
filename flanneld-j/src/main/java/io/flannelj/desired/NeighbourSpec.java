package io.flannelj.desired;

import io.flannelj.net.MacAddress;

/**
 * A permanent neighbour. One that is not permanent does not count as there: a dump leaves it out.
 *
 * @param mac its link-layer address
 * @param protocol who installed it (NDA_PROTOCOL, kept by kernels from 5.1)
 */
public record NeighbourSpec(MacAddress mac, RouteProtocol protocol) {

  /** One of ours. */
  public static NeighbourSpec permanent(MacAddress mac) {
    return new NeighbourSpec(mac, RouteProtocol.FLANNELJ);
  }
}
