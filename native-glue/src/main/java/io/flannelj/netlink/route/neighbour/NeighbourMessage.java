package io.flannelj.netlink.route.neighbour;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Body of RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH.
 *
 * @param header the fixed part
 * @param attributes in the order of the message
 */
public record NeighbourMessage(NeighbourHeader header, List<NeighbourAttribute> attributes)
    implements AttributeWriter.Body {

  /** Copies the list. */
  public NeighbourMessage {
    attributes = List.copyOf(attributes);
  }

  /**
   * Reads from the buffer's position to its limit; the buffer itself is not changed.
   *
   * @throws DecodeException if the bytes are not such a message
   */
  public static NeighbourMessage decode(ByteBuffer body) {
    ByteBuffer view = Attributes.withHeader(body, NeighbourHeader.LENGTH, "ndmsg");
    NeighbourHeader header = NeighbourHeader.read(view);
    return new NeighbourMessage(
        header, Attributes.after(view, NeighbourHeader.LENGTH, "ndmsg", NeighbourAttribute::read));
  }

  @Override
  public void writeTo(AttributeWriter out) {
    header.writeTo(out);
    attributes.forEach(attribute -> attribute.writeTo(out));
  }

  /** The first attribute of a type. */
  public <A extends NeighbourAttribute> Optional<A> find(Class<A> type) {
    return Attributes.find(attributes, type);
  }
}
