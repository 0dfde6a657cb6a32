package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;

/**
 * A neighbour to set (ARP or ND). Its key in the kernel: interface and address.
 *
 * @param index interface index
 * @param address the neighbour's address
 * @param mac its link-layer address
 * @param state NUD_*
 * @param flags NTF_*
 * @param protocol RTPROT_* kept with the entry (NDA_PROTOCOL), 0: none
 */
public record NeighbourSpec(
    int index, IpAddress address, MacAddress mac, int state, int flags, int protocol) {

  /** One that never expires. */
  public static NeighbourSpec permanent(int index, IpAddress address, MacAddress mac) {
    return new NeighbourSpec(index, address, mac, NUD_PERMANENT, 0, 0);
  }

  /** The same with the number of who added it. */
  public NeighbourSpec withProtocol(int number) {
    return new NeighbourSpec(index, address, mac, state, flags, number);
  }

  /** The same with NTF_* flags. */
  public NeighbourSpec withFlags(int added) {
    return new NeighbourSpec(index, address, mac, state, flags | added, protocol);
  }
}
