package io.flannelj.netlink.route;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Lists of attributes and the fixed structures before them. */
public final class Attributes {
  private Attributes() {}

  /** Reads all attributes from the cursor to its end, in their order. */
  public static <T> List<T> list(AttributeReader in, Function<AttributeReader, T> reader) {
    List<T> all = new ArrayList<>();
    while (in.next()) {
      all.add(reader.apply(in));
    }
    return all;
  }

  /**
   * Reads all attributes that follow a fixed structure.
   *
   * @param body starts with the structure
   * @param headerLength its length in bytes, a multiple of 4
   * @param context the kernel's name of the structure, for error texts
   */
  public static <T> List<T> after(
      ByteBuffer body, int headerLength, String context, Function<AttributeReader, T> reader) {
    ByteBuffer rest = body.slice(headerLength, body.limit() - headerLength);
    try {
      return list(new AttributeReader(rest), reader);
    } catch (DecodeException e) {
      throw new DecodeException(context, e);
    }
  }

  /**
   * A view of the body that begins at its position, in native order, and surely holds the fixed
   * structure.
   *
   * @param struct the kernel's name of the structure, for error texts
   * @throws DecodeException if the body is shorter than the structure
   */
  public static ByteBuffer withHeader(ByteBuffer body, int headerLength, String struct) {
    if (body.remaining() < headerLength) {
      throw new DecodeException(
          struct + " has " + body.remaining() + " bytes, needs " + headerLength);
    }
    return body.slice().order(ByteOrder.nativeOrder());
  }

  /** The first attribute of a type. */
  public static <T, A extends T> Optional<A> find(List<T> attributes, Class<A> type) {
    for (T attribute : attributes) {
      if (type.isInstance(attribute)) {
        return Optional.of(type.cast(attribute));
      }
    }
    return Optional.empty();
  }
}
