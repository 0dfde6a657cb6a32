package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_AGEING;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_COLLECT_METADATA;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_GBP;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_GROUP;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_GROUP6;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_ID;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_L2MISS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_L3MISS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_LEARNING;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_LIMIT;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_LINK;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_LOCAL;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_LOCAL6;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_PORT;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_PORT_RANGE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_PROXY;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_RSC;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_TOS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_TTL;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_UDP_CSUM;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_UDP_ZERO_CSUM6_RX;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_VXLAN_UDP_ZERO_CSUM6_TX;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.UnknownAttribute;

/** Attributes of kind {@code vxlan}: IFLA_VXLAN_* inside IFLA_INFO_DATA. */
public sealed interface VxlanAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static VxlanAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case IFLA_VXLAN_ID -> new Id(in.u32());
      case IFLA_VXLAN_GROUP -> new Group(in.address());
      case IFLA_VXLAN_GROUP6 -> new Group6(in.address());
      case IFLA_VXLAN_LINK -> new UnderlayLink(in.s32());
      case IFLA_VXLAN_LOCAL -> new Local(in.address());
      case IFLA_VXLAN_LOCAL6 -> new Local6(in.address());
      case IFLA_VXLAN_TTL -> new Ttl(in.u8());
      case IFLA_VXLAN_TOS -> new Tos(in.u8());
      case IFLA_VXLAN_LEARNING -> new Learning(in.u8() != 0);
      case IFLA_VXLAN_AGEING -> new Ageing(in.u32());
      case IFLA_VXLAN_LIMIT -> new Limit(in.u32());
      case IFLA_VXLAN_PORT_RANGE -> PortRange.read(in);
      case IFLA_VXLAN_PROXY -> new Proxy(in.u8() != 0);
      case IFLA_VXLAN_RSC -> new RouteShortCircuit(in.u8() != 0);
      case IFLA_VXLAN_L2MISS -> new L2Miss(in.u8() != 0);
      case IFLA_VXLAN_L3MISS -> new L3Miss(in.u8() != 0);
      case IFLA_VXLAN_PORT -> new Port(in.u16BigEndian());
      case IFLA_VXLAN_UDP_CSUM -> new UdpChecksum(in.u8() != 0);
      case IFLA_VXLAN_UDP_ZERO_CSUM6_TX -> new ZeroChecksum6Transmit(in.u8() != 0);
      case IFLA_VXLAN_UDP_ZERO_CSUM6_RX -> new ZeroChecksum6Receive(in.u8() != 0);
      case IFLA_VXLAN_GBP -> new GroupPolicy();
      case IFLA_VXLAN_COLLECT_METADATA -> new CollectMetadata(in.u8() != 0);
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /** The source address of outer packets, by its family. */
  static VxlanAttribute local(IpAddress address) {
    return address.isIpv4() ? new Local(address) : new Local6(address);
  }

  /**
   * IFLA_VXLAN_ID: the network identifier; a change needs a new device.
   *
   * @param vni 24 bits
   */
  record Id(long vni) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_VXLAN_ID, vni);
    }
  }

  /**
   * IFLA_VXLAN_GROUP: where frames without forwarding entry go.
   *
   * @param address IPv4 unicast or multicast
   */
  record Group(IpAddress address) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFLA_VXLAN_GROUP, address);
    }
  }

  /**
   * IFLA_VXLAN_GROUP6: where frames without forwarding entry go.
   *
   * @param address IPv6 unicast or multicast
   */
  record Group6(IpAddress address) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFLA_VXLAN_GROUP6, address);
    }
  }

  /**
   * IFLA_VXLAN_LINK: the device whose addresses and routes the tunnel uses.
   *
   * @param index interface index
   */
  record UnderlayLink(int index) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_VXLAN_LINK, index);
    }
  }

  /**
   * IFLA_VXLAN_LOCAL: source address of outer packets.
   *
   * @param address IPv4
   */
  record Local(IpAddress address) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFLA_VXLAN_LOCAL, address);
    }
  }

  /**
   * IFLA_VXLAN_LOCAL6: source address of outer packets.
   *
   * @param address IPv6
   */
  record Local6(IpAddress address) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFLA_VXLAN_LOCAL6, address);
    }
  }

  /**
   * IFLA_VXLAN_TTL: TTL of outer packets.
   *
   * @param hops 0: the system's default for the route
   */
  record Ttl(int hops) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_TTL, hops);
    }
  }

  /**
   * IFLA_VXLAN_TOS: TOS of outer packets.
   *
   * @param value 1: that of the inner packet
   */
  record Tos(int value) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_TOS, value);
    }
  }

  /**
   * IFLA_VXLAN_LEARNING: whether source MACs and outer addresses of arriving frames become entries.
   *
   * @param on whether it is on
   */
  record Learning(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_LEARNING, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_AGEING: lifetime of learned entries.
   *
   * @param seconds seconds
   */
  record Ageing(long seconds) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_VXLAN_AGEING, seconds);
    }
  }

  /**
   * IFLA_VXLAN_LIMIT: bound of the forwarding table.
   *
   * @param entries 0: none
   */
  record Limit(long entries) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_VXLAN_LIMIT, entries);
    }
  }

  /**
   * IFLA_VXLAN_PORT_RANGE: source ports of outer packets, network order.
   *
   * @param low first port; 0 with 0: the local port range
   * @param high last port
   */
  record PortRange(int low, int high) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(
          IFLA_VXLAN_PORT_RANGE, range -> range.rawShortBigEndian(low).rawShortBigEndian(high));
    }

    private static VxlanAttribute read(AttributeReader in) {
      if (in.length() != 4) {
        return new Other(UnknownAttribute.read(in));
      }
      Bytes ports = in.bytes();
      return new PortRange(ports.at(0) << 8 | ports.at(1), ports.at(2) << 8 | ports.at(3));
    }
  }

  /**
   * IFLA_VXLAN_PROXY: whether ARP is answered from the neighbour table.
   *
   * @param on whether it is on
   */
  record Proxy(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_PROXY, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_RSC: whether route short circuit is on.
   *
   * @param on whether it is on
   */
  record RouteShortCircuit(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_RSC, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_L2MISS: whether missing forwarding entries are announced.
   *
   * @param on whether it is on
   */
  record L2Miss(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_L2MISS, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_L3MISS: whether missing neighbours are announced.
   *
   * @param on whether it is on
   */
  record L3Miss(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_L3MISS, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_PORT: UDP destination port, network order; a change needs a new device.
   *
   * @param port 1 to 65535
   */
  record Port(int port) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU16BigEndian(IFLA_VXLAN_PORT, port);
    }
  }

  /**
   * IFLA_VXLAN_UDP_CSUM: whether outer UDP over IPv4 has a checksum.
   *
   * @param on whether it is on
   */
  record UdpChecksum(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_UDP_CSUM, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_UDP_ZERO_CSUM6_TX: whether outer UDP over IPv6 is sent without checksum.
   *
   * @param on whether it is on
   */
  record ZeroChecksum6Transmit(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_UDP_ZERO_CSUM6_TX, on ? 1 : 0);
    }
  }

  /**
   * IFLA_VXLAN_UDP_ZERO_CSUM6_RX: whether outer UDP over IPv6 without checksum is taken.
   *
   * @param on whether it is on
   */
  record ZeroChecksum6Receive(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_UDP_ZERO_CSUM6_RX, on ? 1 : 0);
    }
  }

  /** IFLA_VXLAN_GBP: the group policy extension is on; without the attribute it is off. */
  record GroupPolicy() implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putFlag(IFLA_VXLAN_GBP);
    }
  }

  /**
   * IFLA_VXLAN_COLLECT_METADATA: whether tunnels are described per packet.
   *
   * @param on whether it is on
   */
  record CollectMetadata(boolean on) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_VXLAN_COLLECT_METADATA, on ? 1 : 0);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements VxlanAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
