package io.flannelj.netlink.route.route;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Body of RTM_NEWROUTE, RTM_DELROUTE and RTM_GETROUTE.
 *
 * @param header the fixed part
 * @param attributes in the order of the message
 */
public record RouteMessage(RouteHeader header, List<RouteAttribute> attributes)
    implements AttributeWriter.Body {

  /** Copies the list. */
  public RouteMessage {
    attributes = List.copyOf(attributes);
  }

  /**
   * Reads from the buffer's position to its limit; the buffer itself is not changed.
   *
   * @throws DecodeException if the bytes are not such a message
   */
  public static RouteMessage decode(ByteBuffer body) {
    ByteBuffer view = Attributes.withHeader(body, RouteHeader.LENGTH, "rtmsg");
    RouteHeader header = RouteHeader.read(view);
    return new RouteMessage(
        header,
        Attributes.after(
            view, RouteHeader.LENGTH, "rtmsg", in -> RouteAttribute.read(in, header.family())));
  }

  @Override
  public void writeTo(AttributeWriter out) {
    header.writeTo(out);
    attributes.forEach(attribute -> attribute.writeTo(out));
  }

  /** The first attribute of a type. */
  public <A extends RouteAttribute> Optional<A> find(Class<A> type) {
    return Attributes.find(attributes, type);
  }
}
