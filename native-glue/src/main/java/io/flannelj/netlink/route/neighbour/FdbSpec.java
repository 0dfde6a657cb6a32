package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_MASTER;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_SELF;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_NOARP;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * A forwarding entry to set. Its key in a VXLAN device: MAC (and source VNI), with one remote end
 * each unless appended; in a bridge: MAC and VLAN.
 *
 * @param index index of the VXLAN device, or of the bridge port
 * @param mac destination of frames
 * @param remote tunnel end to send them to, VXLAN only
 * @param state NUD_PERMANENT: local on a bridge; NUD_NOARP: static
 * @param flags NTF_SELF: in the device's own table; NTF_MASTER: in its bridge's
 * @param vlan VLAN of a bridge's entry, 0: none
 */
public record FdbSpec(
    int index, MacAddress mac, Optional<IpAddress> remote, int state, int flags, int vlan) {

  /** {@code bridge fdb ... dev INDEX dst REMOTE self permanent}: as flannel sets it. */
  public static FdbSpec remote(int index, MacAddress mac, IpAddress remote) {
    return new FdbSpec(index, mac, Optional.of(remote), NUD_PERMANENT, NTF_SELF, 0);
  }

  /** {@code bridge fdb ... dev PORT master static}: an entry of the port's bridge. */
  public static FdbSpec onPort(int port, MacAddress mac) {
    return new FdbSpec(port, mac, Optional.empty(), NUD_NOARP, NTF_MASTER, 0);
  }
}
