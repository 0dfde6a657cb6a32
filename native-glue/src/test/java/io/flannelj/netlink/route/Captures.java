package io.flannelj.netlink.route;

import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;

import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.route.address.AddressMessage;
import io.flannelj.netlink.route.link.LinkAttribute;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.neighbour.NeighbourMessage;
import io.flannelj.netlink.route.route.RouteMessage;
import io.flannelj.testkit.CaptureFile;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The recorded messages of this package; {@code src/test/captures/capture.py} made them. */
public final class Captures {
  /** The names of all recordings. */
  public static final List<String> ALL =
      List.of(
          "link-loopback",
          "link-vxlan",
          "link-vxlan-gbp",
          "link-bridge",
          "link-veth",
          "link-alias",
          "link-bridge-port",
          "link-bridge-family",
          "bridge-vlan",
          "link-netns",
          "link-moved",
          "address-v4",
          "address-v4-host",
          "address-v4-peer",
          "address-v6",
          "route-v4-onlink",
          "route-v4-metrics",
          "route-v4-multipath",
          "route-v4-via-v6",
          "route-v4-blackhole",
          "route-v4-table",
          "route-v6",
          "route-v6-multipath",
          "route-get",
          "neighbour-v4",
          "neighbour-v6",
          "neighbour-managed",
          "fdb-vxlan",
          "fdb-vxlan-remote",
          "fdb-bridge");

  private Captures() {}

  static List<CaptureFile.Message> load(String name) {
    return CaptureFile.load(Captures.class, "captures/" + name + ".hex").decoded();
  }

  /** All messages of a recording as if they had come at once. */
  public static byte[] datagram(String name) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    CaptureFile.load(Captures.class, "captures/" + name + ".hex")
        .messages()
        .forEach(message -> all.writeBytes(message.toArray()));
    return all.toByteArray();
  }

  /** What the program sent. */
  public static ByteBuffer request(String name) {
    return load(name).stream().filter(Captures::isRequest).findFirst().orElseThrow().body();
  }

  /** What the kernel said, in its order. */
  public static List<ByteBuffer> answers(String name) {
    return load(name).stream()
        .filter(message -> !isRequest(message))
        .map(CaptureFile.Message::body)
        .toList();
  }

  static boolean isRequest(CaptureFile.Message message) {
    return (message.flags() & NetlinkRequest.NLM_F_REQUEST) != 0;
  }

  /** Decodes by message type; the result is a message of its family. */
  static AttributeWriter.Body decode(int type, ByteBuffer body) {
    if (type < RTM_NEWADDR) {
      return LinkMessage.decode(body);
    } else if (type < RTM_NEWROUTE) {
      return AddressMessage.decode(body);
    } else if (type < RTM_NEWNEIGH) {
      return RouteMessage.decode(body);
    }
    return NeighbourMessage.decode(body);
  }

  /** The bytes of a message. */
  public static byte[] encode(AttributeWriter.Body message) {
    AttributeWriter out = new AttributeWriter();
    message.writeTo(out);
    return out.toByteArray();
  }

  static ByteBuffer nativeOrder(byte[] octets) {
    return ByteBuffer.wrap(octets).order(ByteOrder.nativeOrder());
  }

  /** The attributes that have a type. */
  public static List<LinkAttribute> known(LinkMessage message) {
    return message.attributes().stream()
        .filter(attribute -> !(attribute instanceof LinkAttribute.Other))
        .toList();
  }

  static List<?> attributes(AttributeWriter.Body message) {
    if (message instanceof LinkMessage link) {
      return link.attributes();
    } else if (message instanceof AddressMessage address) {
      return address.attributes();
    } else if (message instanceof RouteMessage route) {
      return route.attributes();
    }
    return ((NeighbourMessage) message).attributes();
  }
}
