package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.Rtnetlink.AF_BRIDGE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_ADDRESS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_AF_SPEC;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_CARRIER;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_EXT_MASK;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_GROUP;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_IFALIAS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_IFNAME;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_LINK;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_LINKINFO;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_LINK_NETNSID;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_MASTER;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_MTU;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_NET_NS_FD;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_NEW_IFINDEX;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_NEW_NETNSID;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_OPERSTATE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_PROMISCUITY;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_PROTINFO;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_TXQLEN;

import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.UnknownAttribute;
import io.flannelj.netlink.route.Attributes;
import java.util.List;

/** Attributes of a link: IFLA_*. */
public sealed interface LinkAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static LinkAttribute read(AttributeReader in, int family) {
    return switch (in.type()) {
      case IFLA_ADDRESS -> new HardwareAddress(in.bytes());
      case IFLA_IFNAME -> new Name(in.string());
      case IFLA_MTU -> new Mtu(in.u32());
      case IFLA_LINK -> new Underlay(in.s32());
      case IFLA_MASTER -> new Master(in.s32());
      case IFLA_TXQLEN -> new TransmitQueueLength(in.u32());
      case IFLA_OPERSTATE -> new OperationalState(in.u8());
      case IFLA_IFALIAS -> new Alias(in.string());
      case IFLA_LINKINFO ->
          new Info(in.decode("IFLA_LINKINFO", inner -> InfoAttribute.list(inner)));
      case IFLA_PROTINFO ->
          family == AF_BRIDGE
              ? new PortInfo(
                  in.decode(
                      "IFLA_PROTINFO", inner -> Attributes.list(inner, BridgePortAttribute::read)))
              : new Other(UnknownAttribute.read(in));
      case IFLA_AF_SPEC ->
          family == AF_BRIDGE
              ? new PortVlans(
                  in.decode(
                      "IFLA_AF_SPEC", inner -> Attributes.list(inner, BridgeSpecAttribute::read)))
              : new Other(UnknownAttribute.read(in));
      case IFLA_GROUP -> new Group(in.u32());
      case IFLA_NET_NS_FD -> new NetnsDescriptor(in.s32());
      case IFLA_EXT_MASK -> new ExtraMask(in.u32());
      case IFLA_PROMISCUITY -> new Promiscuity(in.u32());
      case IFLA_CARRIER -> new Carrier(in.u8() != 0);
      case IFLA_LINK_NETNSID -> new NetnsId(in.s32());
      case IFLA_NEW_NETNSID -> new NewNetnsId(in.s32());
      case IFLA_NEW_IFINDEX -> new NewIndex(in.s32());
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFLA_ADDRESS: the link-layer address. Six bytes on Ethernet; IPIP has four, a TUN device none.
   *
   * @param octets as many as the device type has
   */
  record HardwareAddress(Bytes octets) implements LinkAttribute {
    /** That of an Ethernet device. */
    public HardwareAddress(MacAddress mac) {
      this(Bytes.of(mac.toBytes()));
    }

    /** As a MAC address; {@link MacAddress#ZERO} if it is none. */
    public MacAddress mac() {
      return octets.length() == MacAddress.LENGTH
          ? MacAddress.of(octets.toArray())
          : MacAddress.ZERO;
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.putBytes(IFLA_ADDRESS, octets);
    }
  }

  /**
   * IFLA_IFNAME: the name.
   *
   * @param name 1 to 15 bytes
   */
  record Name(String name) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putString(IFLA_IFNAME, name);
    }
  }

  /**
   * IFLA_MTU: largest packet.
   *
   * @param bytes bytes without the link-layer header
   */
  record Mtu(long bytes) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_MTU, bytes);
    }
  }

  /**
   * IFLA_LINK: the device below, or a veth's other end.
   *
   * @param index its interface index, in the namespace of {@link NetnsId} if there is one
   */
  record Underlay(int index) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_LINK, index);
    }
  }

  /**
   * IFLA_MASTER: the bridge that this is a port of.
   *
   * @param index its interface index; 0 in a request: none
   */
  record Master(int index) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_MASTER, index);
    }
  }

  /**
   * IFLA_TXQLEN: length of the transmit queue.
   *
   * @param packets packets
   */
  record TransmitQueueLength(long packets) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_TXQLEN, packets);
    }
  }

  /**
   * IFLA_OPERSTATE: RFC 2863 state.
   *
   * @param state IF_OPER_*
   */
  record OperationalState(int state) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_OPERSTATE, state);
    }
  }

  /**
   * IFLA_IFALIAS: free text.
   *
   * @param alias up to 255 bytes; empty in a request: none
   */
  record Alias(String alias) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      if (alias.isEmpty()) {
        out.putFlag(IFLA_IFALIAS);
      } else {
        out.putString(IFLA_IFALIAS, alias);
      }
    }
  }

  /**
   * IFLA_LINKINFO: kind of the link and of its master.
   *
   * @param attributes in the order of the message
   */
  record Info(List<InfoAttribute> attributes) implements LinkAttribute {
    /** Copies the list. */
    public Info {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_LINKINFO, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_PROTINFO in messages of AF_BRIDGE: the bridge port.
   *
   * @param attributes in the order of the message
   */
  record PortInfo(List<BridgePortAttribute> attributes) implements LinkAttribute {
    /** Copies the list. */
    public PortInfo {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.nested(IFLA_PROTINFO, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_AF_SPEC in messages of AF_BRIDGE: the VLANs of a port. In messages of AF_UNSPEC it holds
   * IPv4's and IPv6's settings and stays opaque.
   *
   * @param attributes in the order of the message
   */
  record PortVlans(List<BridgeSpecAttribute> attributes) implements LinkAttribute {
    /** Copies the list. */
    public PortVlans {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_AF_SPEC, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_GROUP: the group that {@code ip link set group} addresses.
   *
   * @param group 0 by default
   */
  record Group(long group) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_GROUP, group);
    }
  }

  /**
   * IFLA_NET_NS_FD: in requests: the namespace to create in or move to.
   *
   * @param fd open descriptor of the namespace in this process
   */
  record NetnsDescriptor(int fd) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_NET_NS_FD, fd);
    }
  }

  /**
   * IFLA_EXT_MASK: in requests: what a reply shall hold or leave out.
   *
   * @param mask RTEXT_FILTER_*
   */
  record ExtraMask(long mask) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_EXT_MASK, mask);
    }
  }

  /**
   * IFLA_PROMISCUITY: how many users want promiscuous mode.
   *
   * @param count 0: off
   */
  record Promiscuity(long count) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_PROMISCUITY, count);
    }
  }

  /**
   * IFLA_CARRIER: whether the device has a carrier.
   *
   * @param on whether it is on
   */
  record Carrier(boolean on) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_CARRIER, on ? 1 : 0);
    }
  }

  /**
   * IFLA_LINK_NETNSID: namespace of {@link Underlay}, as this namespace numbers it.
   *
   * @param id -1: not numbered
   */
  record NetnsId(int id) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_LINK_NETNSID, id);
    }
  }

  /**
   * IFLA_NEW_NETNSID: in RTM_DELLINK: the link was not deleted but moved to this namespace.
   *
   * @param id as the old namespace numbers it
   */
  record NewNetnsId(int id) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_NEW_NETNSID, id);
    }
  }

  /**
   * IFLA_NEW_IFINDEX: in RTM_DELLINK: index in the namespace that the link was moved to.
   *
   * @param index interface index there
   */
  record NewIndex(int index) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_NEW_IFINDEX, index);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements LinkAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
