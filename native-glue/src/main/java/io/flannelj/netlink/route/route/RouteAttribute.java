package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_CACHEINFO;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_DST;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_GATEWAY;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_METRICS;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_MULTIPATH;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_NH_ID;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_OIF;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_PREF;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_PREFSRC;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_PRIORITY;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_TABLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTA_VIA;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.codec.UnknownAttribute;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Attributes of a route: RTA_*. */
public sealed interface RouteAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static RouteAttribute read(AttributeReader in, int family) {
    if (family != AF_INET && family != AF_INET6) {
      return new Other(UnknownAttribute.read(in));
    }
    return switch (in.type()) {
      case RTA_DST -> new Destination(in.address());
      case RTA_GATEWAY -> new Gateway(in.address());
      case RTA_OIF -> new OutputInterface(in.s32());
      case RTA_PRIORITY -> new Priority(in.u32());
      case RTA_TABLE -> new Table(in.u32());
      case RTA_PREFSRC -> new PreferredSource(in.address());
      case RTA_METRICS ->
          new Metrics(
              in.decode("RTA_METRICS", inner -> Attributes.list(inner, MetricAttribute::read)));
      case RTA_MULTIPATH -> new Multipath(NextHop.list(in.value(), family));
      case RTA_VIA -> Via.read(in);
      case RTA_CACHEINFO -> CacheInfo.read(in);
      case RTA_PREF -> new Preference(in.u8());
      case RTA_NH_ID -> new NextHopId(in.u32());
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * RTA_DST: the destination; its length is in the header, and without the attribute it is
   * everything.
   *
   * @param address of the route's family
   */
  record Destination(IpAddress address) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(RTA_DST, address);
    }
  }

  /**
   * RTA_GATEWAY: the next hop.
   *
   * @param address of the route's family
   */
  record Gateway(IpAddress address) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(RTA_GATEWAY, address);
    }
  }

  /**
   * RTA_OIF: the device.
   *
   * @param index interface index
   */
  record OutputInterface(int index) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(RTA_OIF, index);
    }
  }

  /**
   * RTA_PRIORITY: the metric; of several routes the lowest is used. IPv6 makes 0 into 1024.
   *
   * @param metric 0: the family's default
   */
  record Priority(long metric) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(RTA_PRIORITY, metric);
    }
  }

  /**
   * RTA_TABLE: the table, where the header's byte has no room.
   *
   * @param table RT_TABLE_*, or a number
   */
  record Table(long table) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(RTA_TABLE, table);
    }
  }

  /**
   * RTA_PREFSRC: source address of packets that name none.
   *
   * @param address of the route's family
   */
  record PreferredSource(IpAddress address) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putAddress(RTA_PREFSRC, address);
    }
  }

  /**
   * RTA_METRICS: properties of the path.
   *
   * @param attributes in the order of the message
   */
  record Metrics(List<MetricAttribute> attributes) implements RouteAttribute {
    /** Copies the list. */
    public Metrics {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(RTA_METRICS, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * RTA_MULTIPATH: several next hops.
   *
   * @param nextHops in the order of the message
   */
  record Multipath(List<NextHop> nextHops) implements RouteAttribute {
    /** Copies the list. */
    public Multipath {
      nextHops = List.copyOf(nextHops);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(RTA_MULTIPATH, inner -> nextHops.forEach(hop -> hop.writeTo(inner)));
    }
  }

  /**
   * RTA_VIA: a next hop of another family than the route's ({@code struct rtvia}).
   *
   * @param family AF_*
   * @param address its octets
   */
  record Via(int family, Bytes address) implements RouteAttribute {
    /** The address, if the family is IPv4 or IPv6 and the length fits. */
    public Optional<IpAddress> ip() {
      int expected = family == AF_INET ? 4 : family == AF_INET6 ? 16 : -1;
      return address.length() == expected
          ? Optional.of(IpAddress.of(address.toArray()))
          : Optional.empty();
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(RTA_VIA, via -> via.rawShort(family).raw(address.toArray()));
    }

    private static RouteAttribute read(AttributeReader in) {
      ByteBuffer via = in.value();
      if (via.remaining() < 2) {
        throw new DecodeException("RTA_VIA holds " + via.remaining() + " bytes");
      }
      return new Via(via.getShort() & 0xffff, Bytes.of(via));
    }
  }

  /**
   * RTA_CACHEINFO: state of a cached or expiring route ({@code struct rta_cacheinfo}).
   *
   * @param expires hundredths of a second until it goes, 0: never
   * @param error positive errno of an unreachable destination, 0: none
   * @param rest the other fields: references, last use, identification, time stamps
   */
  record CacheInfo(int expires, int error, Bytes rest) implements RouteAttribute {
    private static final int LENGTH = 32;

    @Override
    public void writeTo(AttributeWriter out) {
      byte[] octets = rest.toArray();
      out.attribute(
          RTA_CACHEINFO,
          info ->
              info.raw(Arrays.copyOf(octets, 8))
                  .rawInt(expires)
                  .rawInt(error)
                  .raw(Arrays.copyOfRange(octets, 8, octets.length)));
    }

    private static RouteAttribute read(AttributeReader in) {
      if (in.length() != LENGTH) {
        return new Other(UnknownAttribute.read(in));
      }
      ByteBuffer info = in.value();
      byte[] rest = new byte[LENGTH - 8];
      info.get(0, rest, 0, 8).get(16, rest, 8, LENGTH - 16);
      return new CacheInfo(info.getInt(8), info.getInt(12), Bytes.of(rest));
    }
  }

  /**
   * RTA_PREF: RFC 4191 preference of an IPv6 route.
   *
   * @param preference 0 medium, 1 high, 3 low
   */
  record Preference(int preference) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(RTA_PREF, preference);
    }
  }

  /**
   * RTA_NH_ID: a next hop object.
   *
   * @param id its number
   */
  record NextHopId(long id) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(RTA_NH_ID, id);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements RouteAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
