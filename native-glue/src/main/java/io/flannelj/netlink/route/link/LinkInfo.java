package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFF_LOOPBACK;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_LOWER_UP;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_PROMISC;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_RUNNING;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_UP;

import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.util.List;
import java.util.Optional;

/**
 * A link as the kernel describes it.
 *
 * @param index interface index
 * @param name device name
 * @param mac its address; {@link MacAddress#ZERO} if it has none of six bytes
 * @param mtu bytes
 * @param flags IFF_*
 * @param hardwareType ARPHRD_*
 * @param operationalState IF_OPER_*
 * @param transmitQueueLength packets
 * @param kind {@code veth}, {@code bridge}, {@code vxlan}, ...; empty for hardware and loopback
 * @param master index of its bridge, 0: none
 * @param underlay index of the device below or of the other end, 0: none
 * @param underlayElsewhere whether {@code underlay} is an index of another namespace
 * @param alias empty: none
 * @param vxlan of kind {@code vxlan} only
 * @param port of ports of a bridge only
 */
public record LinkInfo(
    int index,
    String name,
    MacAddress mac,
    int mtu,
    int flags,
    int hardwareType,
    int operationalState,
    long transmitQueueLength,
    String kind,
    int master,
    int underlay,
    boolean underlayElsewhere,
    String alias,
    Optional<VxlanInfo> vxlan,
    Optional<BridgePortInfo> port) {

  /**
   * From RTM_NEWLINK or RTM_DELLINK.
   *
   * @throws DecodeException if the body is no link message
   */
  public static LinkInfo of(NetlinkMessage message) {
    return of(LinkMessage.decode(message.body()));
  }

  /** From a decoded message. */
  public static LinkInfo of(LinkMessage message) {
    List<InfoAttribute> info =
        message
            .find(LinkAttribute.Info.class)
            .map(LinkAttribute.Info::attributes)
            .orElse(List.of());
    return new LinkInfo(
        message.header().index(),
        message.find(LinkAttribute.Name.class).map(LinkAttribute.Name::name).orElse(""),
        message
            .find(LinkAttribute.HardwareAddress.class)
            .map(LinkAttribute.HardwareAddress::mac)
            .orElse(MacAddress.ZERO),
        message.find(LinkAttribute.Mtu.class).map(mtu -> (int) mtu.bytes()).orElse(0),
        message.header().flags(),
        message.header().type(),
        message
            .find(LinkAttribute.OperationalState.class)
            .map(LinkAttribute.OperationalState::state)
            .orElse(LinkConstants.IF_OPER_UNKNOWN),
        message
            .find(LinkAttribute.TransmitQueueLength.class)
            .map(LinkAttribute.TransmitQueueLength::packets)
            .orElse(0L),
        Attributes.find(info, InfoAttribute.Kind.class).map(InfoAttribute.Kind::name).orElse(""),
        message.find(LinkAttribute.Master.class).map(LinkAttribute.Master::index).orElse(0),
        message.find(LinkAttribute.Underlay.class).map(LinkAttribute.Underlay::index).orElse(0),
        message.find(LinkAttribute.NetnsId.class).isPresent(),
        message.find(LinkAttribute.Alias.class).map(LinkAttribute.Alias::alias).orElse(""),
        Attributes.find(info, InfoAttribute.VxlanData.class)
            .map(data -> VxlanInfo.of(data.attributes())),
        Attributes.find(info, InfoAttribute.BridgePortData.class)
            .map(data -> BridgePortInfo.of(data.attributes())));
  }

  /** How requests name it. */
  public LinkId id() {
    return new LinkId(index, name);
  }

  /** Whether it is set up. */
  public boolean isUp() {
    return (flags & IFF_UP) != 0;
  }

  /** Whether it is up and operational. */
  public boolean isRunning() {
    return (flags & IFF_RUNNING) != 0;
  }

  /** Whether it has a carrier. */
  public boolean hasCarrier() {
    return (flags & IFF_LOWER_UP) != 0;
  }

  /** Whether it is the loopback device. */
  public boolean isLoopback() {
    return (flags & IFF_LOOPBACK) != 0;
  }

  /** Whether user space wants promiscuous mode. */
  public boolean isPromiscuous() {
    return (flags & IFF_PROMISC) != 0;
  }
}
