package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_SELF;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.DecodeException;
import java.util.Optional;

/**
 * A forwarding entry as the kernel describes it.
 *
 * @param index index of the VXLAN device or bridge port
 * @param mac destination of frames
 * @param remote tunnel end, VXLAN only
 * @param master index of the bridge that holds it, 0: the device itself does
 * @param state NUD_*
 * @param flags NTF_*
 * @param vlan 0: none
 * @param vni remote VNI if it is not the device's, 0: the device's
 * @param port remote UDP port if it is not the device's, 0: the device's
 * @param via index of the interface that packets to the remote leave by, 0: as routes say
 */
public record FdbInfo(
    int index,
    MacAddress mac,
    Optional<IpAddress> remote,
    int master,
    int state,
    int flags,
    int vlan,
    long vni,
    int port,
    int via) {

  /**
   * From RTM_NEWNEIGH or RTM_DELNEIGH of AF_BRIDGE.
   *
   * @throws DecodeException if the body is no such message
   */
  public static FdbInfo of(NetlinkMessage message) {
    return of(NeighbourMessage.decode(message.body()));
  }

  /** From a decoded message. */
  public static FdbInfo of(NeighbourMessage message) {
    NeighbourHeader header = message.header();
    return new FdbInfo(
        header.index(),
        message
            .find(NeighbourAttribute.HardwareAddress.class)
            .map(NeighbourAttribute.HardwareAddress::mac)
            .orElse(MacAddress.ZERO),
        message
            .find(NeighbourAttribute.Destination.class)
            .map(NeighbourAttribute.Destination::address),
        message
            .find(NeighbourAttribute.Master.class)
            .map(NeighbourAttribute.Master::index)
            .orElse(0),
        header.state(),
        header.flags(),
        message.find(NeighbourAttribute.Vlan.class).map(NeighbourAttribute.Vlan::vlan).orElse(0),
        message.find(NeighbourAttribute.Vni.class).map(NeighbourAttribute.Vni::vni).orElse(0L),
        message.find(NeighbourAttribute.Port.class).map(NeighbourAttribute.Port::port).orElse(0),
        message
            .find(NeighbourAttribute.OutputInterface.class)
            .map(NeighbourAttribute.OutputInterface::index)
            .orElse(0));
  }

  /** Whether it never expires. */
  public boolean isPermanent() {
    return (state & NUD_PERMANENT) != 0;
  }

  /** Whether frames go to the remote as the device says: its port, its VNI, by any interface. */
  public boolean isAsDeviceSays() {
    return vni == 0 && port == 0 && via == 0;
  }

  /** Whether the device's own table holds it, not its bridge's. */
  public boolean isSelf() {
    return (flags & NTF_SELF) != 0;
  }
}
