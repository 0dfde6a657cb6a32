package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.DecodeException;

/**
 * A neighbour as the kernel describes it.
 *
 * @param index interface index
 * @param address the neighbour's address
 * @param mac its link-layer address; {@link MacAddress#ZERO} while unknown
 * @param state NUD_*
 * @param flags NTF_*
 * @param protocol RTPROT_* of who added it, 0: not said
 */
public record NeighbourInfo(
    int index, IpAddress address, MacAddress mac, int state, int flags, int protocol) {

  /**
   * From RTM_NEWNEIGH or RTM_DELNEIGH of IPv4 or IPv6.
   *
   * @throws DecodeException if the body is no such message
   */
  public static NeighbourInfo of(NetlinkMessage message) {
    return of(NeighbourMessage.decode(message.body()));
  }

  /**
   * From a decoded message.
   *
   * @throws DecodeException if it names no address
   */
  public static NeighbourInfo of(NeighbourMessage message) {
    NeighbourHeader header = message.header();
    return new NeighbourInfo(
        header.index(),
        message
            .find(NeighbourAttribute.Destination.class)
            .map(NeighbourAttribute.Destination::address)
            .orElseThrow(() -> new DecodeException("ndmsg: neighbour without NDA_DST")),
        message
            .find(NeighbourAttribute.HardwareAddress.class)
            .map(NeighbourAttribute.HardwareAddress::mac)
            .orElse(MacAddress.ZERO),
        header.state(),
        header.flags(),
        message
            .find(NeighbourAttribute.Protocol.class)
            .map(NeighbourAttribute.Protocol::protocol)
            .orElse(0));
  }

  /** Whether it never expires. */
  public boolean isPermanent() {
    return (state & NUD_PERMANENT) != 0;
  }
}
