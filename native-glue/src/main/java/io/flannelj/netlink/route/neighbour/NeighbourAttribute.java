package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_CACHEINFO;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_DST;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_FLAGS_EXT;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_IFINDEX;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_LINK_NETNSID;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_LLADDR;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_MASTER;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_NH_ID;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_PORT;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_PROBES;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_PROTOCOL;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_SRC_VNI;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_VLAN;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NDA_VNI;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.UnknownAttribute;
import java.nio.ByteBuffer;

/** Attributes of a neighbour or a forwarding entry: NDA_*. */
public sealed interface NeighbourAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static NeighbourAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case NDA_DST -> new Destination(in.address());
      case NDA_LLADDR -> new HardwareAddress(in.bytes());
      case NDA_CACHEINFO -> CacheInfo.read(in);
      case NDA_PROBES -> new Probes(in.u32());
      case NDA_VLAN -> new Vlan(in.u16());
      case NDA_PORT -> new Port(in.u16BigEndian());
      case NDA_VNI -> new Vni(in.u32());
      case NDA_IFINDEX -> new OutputInterface(in.s32());
      case NDA_MASTER -> new Master(in.s32());
      case NDA_LINK_NETNSID -> new NetnsId(in.s32());
      case NDA_SRC_VNI -> new SourceVni(in.u32());
      case NDA_PROTOCOL -> new Protocol(in.u8());
      case NDA_NH_ID -> new NextHopId(in.u32());
      case NDA_FLAGS_EXT -> new ExtendedFlags(in.u32());
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * NDA_DST: the neighbour's address; in a forwarding entry the remote tunnel end.
   *
   * @param address IPv4 or IPv6
   */
  record Destination(IpAddress address) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(NDA_DST, address);
    }
  }

  /**
   * NDA_LLADDR: the link-layer address. Six bytes on Ethernet; IPIP has four, a TUN device none.
   *
   * @param octets as many as the device type has
   */
  record HardwareAddress(Bytes octets) implements NeighbourAttribute {
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
      out.putBytes(NDA_LLADDR, octets);
    }
  }

  /**
   * NDA_CACHEINFO: ages ({@code struct nda_cacheinfo}).
   *
   * @param confirmed hundredths of a second since the neighbour was last heard
   * @param used hundredths of a second since the entry was last used
   * @param updated hundredths of a second since it changed
   * @param references users of the entry
   */
  record CacheInfo(long confirmed, long used, long updated, long references)
      implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(
          NDA_CACHEINFO,
          info ->
              info.rawInt((int) confirmed)
                  .rawInt((int) used)
                  .rawInt((int) updated)
                  .rawInt((int) references));
    }

    private static NeighbourAttribute read(AttributeReader in) {
      if (in.length() != 16) {
        return new Other(UnknownAttribute.read(in));
      }
      ByteBuffer info = in.value();
      return new CacheInfo(
          Integer.toUnsignedLong(info.getInt(0)),
          Integer.toUnsignedLong(info.getInt(4)),
          Integer.toUnsignedLong(info.getInt(8)),
          Integer.toUnsignedLong(info.getInt(12)));
    }
  }

  /**
   * NDA_PROBES: unanswered requests so far.
   *
   * @param count requests
   */
  record Probes(long count) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_PROBES, count);
    }
  }

  /**
   * NDA_VLAN: VLAN of a forwarding entry.
   *
   * @param vlan 1 to 4094
   */
  record Vlan(int vlan) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU16(NDA_VLAN, vlan);
    }
  }

  /**
   * NDA_PORT: remote UDP port where it is not the device's, network order.
   *
   * @param port 1 to 65535
   */
  record Port(int port) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU16BigEndian(NDA_PORT, port);
    }
  }

  /**
   * NDA_VNI: remote VNI where it is not the device's.
   *
   * @param vni 24 bits
   */
  record Vni(long vni) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_VNI, vni);
    }
  }

  /**
   * NDA_IFINDEX: device towards the remote tunnel end; in a dump request the device.
   *
   * @param index interface index
   */
  record OutputInterface(int index) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_IFINDEX, index);
    }
  }

  /**
   * NDA_MASTER: the bridge that holds the entry.
   *
   * @param index its interface index
   */
  record Master(int index) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_MASTER, index);
    }
  }

  /**
   * NDA_LINK_NETNSID: namespace of {@link OutputInterface}.
   *
   * @param id as this namespace numbers it
   */
  record NetnsId(int id) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_LINK_NETNSID, id);
    }
  }

  /**
   * NDA_SRC_VNI: VNI of an entry of an external device.
   *
   * @param vni 24 bits
   */
  record SourceVni(long vni) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_SRC_VNI, vni);
    }
  }

  /**
   * NDA_PROTOCOL: who added the neighbour; the kernel keeps none for forwarding entries.
   *
   * @param protocol RTPROT_*
   */
  record Protocol(int protocol) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(NDA_PROTOCOL, protocol);
    }
  }

  /**
   * NDA_NH_ID: a next hop object instead of {@link Destination}.
   *
   * @param id its number
   */
  record NextHopId(long id) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_NH_ID, id);
    }
  }

  /**
   * NDA_FLAGS_EXT: more flags.
   *
   * @param flags NTF_EXT_*
   */
  record ExtendedFlags(long flags) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(NDA_FLAGS_EXT, flags);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements NeighbourAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
