package io.flannelj.netlink.route.route;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One next hop of several ({@code struct rtnexthop}):
 *
 * <pre>
 *   u16 length, attributes included   u8 flags   u8 weight - 1   s32 index   attributes
 * </pre>
 *
 * @param flags RTNH_F_*
 * @param hops its weight less 1
 * @param index interface index
 * @param attributes in the order of the message
 */
public record NextHop(int flags, int hops, int index, List<RouteAttribute> attributes) {
  private static final int LENGTH = 8;

  /** Copies the list. */
  public NextHop {
    attributes = List.copyOf(attributes);
  }

  /** The first attribute of a type. */
  public <A extends RouteAttribute> Optional<A> find(Class<A> type) {
    return Attributes.find(attributes, type);
  }

  static List<NextHop> list(ByteBuffer hops, int family) {
    List<NextHop> all = new ArrayList<>();
    int start = 0;
    while (start < hops.limit()) {
      int left = hops.limit() - start;
      int length = left < LENGTH ? 0 : hops.getShort(start) & 0xffff;
      if (length < LENGTH || length > left) {
        throw new DecodeException(
            "RTA_MULTIPATH: rtnexthop says " + length + " bytes where " + left + " are left");
      }
      all.add(read(hops.slice(start, length).order(ByteOrder.nativeOrder()), family));
      start += (length + 3) & ~3;
    }
    return all;
  }

  private static NextHop read(ByteBuffer hop, int family) {
    List<RouteAttribute> attributes =
        Attributes.after(
            hop, LENGTH, "RTA_MULTIPATH", (AttributeReader in) -> RouteAttribute.read(in, family));
    return new NextHop(hop.get(2) & 0xff, hop.get(3) & 0xff, hop.getInt(4), attributes);
  }

  void writeTo(AttributeWriter out) {
    AttributeWriter inner = new AttributeWriter(64);
    attributes.forEach(attribute -> attribute.writeTo(inner));
    out.rawShort(LENGTH + inner.size()).rawByte(flags).rawByte(hops).rawInt(index);
    out.raw(inner.toByteArray());
  }
}
