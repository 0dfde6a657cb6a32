package io.flannelj.netlink.route.link;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Body of RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK and RTM_SETLINK.
 *
 * @param header the fixed part
 * @param attributes in the order of the message
 */
public record LinkMessage(LinkHeader header, List<LinkAttribute> attributes)
    implements AttributeWriter.Body {

  /** Copies the list. */
  public LinkMessage {
    attributes = List.copyOf(attributes);
  }

  /**
   * Reads from the buffer's position to its limit; the buffer itself is not changed.
   *
   * @throws DecodeException if the bytes are not a link message
   */
  public static LinkMessage decode(ByteBuffer body) {
    ByteBuffer view = Attributes.withHeader(body, LinkHeader.LENGTH, "ifinfomsg");
    LinkHeader header = LinkHeader.read(view);
    return new LinkMessage(
        header,
        Attributes.after(
            view, LinkHeader.LENGTH, "ifinfomsg", in -> LinkAttribute.read(in, header.family())));
  }

  @Override
  public void writeTo(AttributeWriter out) {
    header.writeTo(out);
    attributes.forEach(attribute -> attribute.writeTo(out));
  }

  /** The first attribute of a type. */
  public <A extends LinkAttribute> Optional<A> find(Class<A> type) {
    return Attributes.find(attributes, type);
  }
}
