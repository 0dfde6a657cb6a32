package io.flannelj.desired;

import io.flannelj.net.IpAddress;

/**
 * The kernel's key of an ARP or ND entry.
 *
 * @param link the device
 * @param address the neighbour's address on it
 */
public record NeighbourKey(LinkName link, IpAddress address) {
  @Override
  public String toString() {
    return address + " dev " + link;
  }
}
