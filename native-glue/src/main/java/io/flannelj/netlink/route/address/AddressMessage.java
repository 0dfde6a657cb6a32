package io.flannelj.netlink.route.address;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Body of RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR.
 *
 * @param header the fixed part
 * @param attributes in the order of the message
 */
public record AddressMessage(AddressHeader header, List<AddressAttribute> attributes)
    implements AttributeWriter.Body {

  /** Copies the list. */
  public AddressMessage {
    attributes = List.copyOf(attributes);
  }

  /**
   * Reads from the buffer's position to its limit; the buffer itself is not changed.
   *
   * @throws DecodeException if the bytes are not such a message
   */
  public static AddressMessage decode(ByteBuffer body) {
    ByteBuffer view = Attributes.withHeader(body, AddressHeader.LENGTH, "ifaddrmsg");
    AddressHeader header = AddressHeader.read(view);
    return new AddressMessage(
        header, Attributes.after(view, AddressHeader.LENGTH, "ifaddrmsg", AddressAttribute::read));
  }

  @Override
  public void writeTo(AttributeWriter out) {
    header.writeTo(out);
    attributes.forEach(attribute -> attribute.writeTo(out));
  }

  /** The first attribute of a type. */
  public <A extends AddressAttribute> Optional<A> find(Class<A> type) {
    return Attributes.find(attributes, type);
  }
}
