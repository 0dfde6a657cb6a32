package io.flannelj.netlink.route.address;

import static io.flannelj.netlink.route.address.AddressConstants.IFA_ADDRESS;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_BROADCAST;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_CACHEINFO;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_FLAGS;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_LABEL;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_LOCAL;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_PROTO;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_RT_PRIORITY;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;
import java.nio.ByteBuffer;

/** Attributes of an address: IFA_*. */
public sealed interface AddressAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static AddressAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case IFA_ADDRESS -> new Address(in.address());
      case IFA_LOCAL -> new Local(in.address());
      case IFA_LABEL -> new Label(in.string());
      case IFA_BROADCAST -> new Broadcast(in.address());
      case IFA_CACHEINFO -> CacheInfo.read(in);
      case IFA_FLAGS -> new Flags(in.u32());
      case IFA_RT_PRIORITY -> new RoutePriority(in.u32());
      case IFA_PROTO -> new Protocol(in.u8());
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFA_ADDRESS: the prefix's address; on a point-to-point link the peer's.
   *
   * @param address IPv4 or IPv6
   */
  record Address(IpAddress address) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFA_ADDRESS, address);
    }
  }

  /**
   * IFA_LOCAL: the interface's own address; IPv6 sends it only with a peer.
   *
   * @param address IPv4 or IPv6
   */
  record Local(IpAddress address) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFA_LOCAL, address);
    }
  }

  /**
   * IFA_LABEL: IPv4 only: a name of the address, beginning with the device's.
   *
   * @param label 1 to 15 bytes
   */
  record Label(String label) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putString(IFA_LABEL, label);
    }
  }

  /**
   * IFA_BROADCAST: IPv4 only: the broadcast address.
   *
   * @param address IPv4
   */
  record Broadcast(IpAddress address) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(IFA_BROADCAST, address);
    }
  }

  /**
   * IFA_CACHEINFO: lifetimes ({@code struct ifa_cacheinfo}).
   *
   * @param preferred seconds until the address is deprecated, 0xffffffff: for ever
   * @param valid seconds until it goes, 0xffffffff: for ever
   * @param created hundredths of a second after boot
   * @param updated hundredths of a second after boot
   */
  record CacheInfo(long preferred, long valid, long created, long updated)
      implements AddressAttribute {
    /** A lifetime without end. */
    public static final long FOREVER = 0xffffffffL;

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(
          IFA_CACHEINFO,
          info ->
              info.rawInt((int) preferred)
                  .rawInt((int) valid)
                  .rawInt((int) created)
                  .rawInt((int) updated));
    }

    private static AddressAttribute read(AttributeReader in) {
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
   * IFA_FLAGS: all flags; the header has room for the low eight only.
   *
   * @param flags IFA_F_*
   */
  record Flags(long flags) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFA_FLAGS, flags);
    }
  }

  /**
   * IFA_RT_PRIORITY: metric of the prefix route.
   *
   * @param metric 0: the family's default
   */
  record RoutePriority(long metric) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFA_RT_PRIORITY, metric);
    }
  }

  /**
   * IFA_PROTO: who added it.
   *
   * @param protocol 1 loopback, 2 router advertisement, 3 link-local, others free
   */
  record Protocol(int protocol) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFA_PROTO, protocol);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements AddressAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
