package io.flannelj.netlink.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one level, found by number as in the kernel's {@code tb[]}, for families that
 * write each at most once and in no useful order (nf_tables). Numbers are in network order.
 *
 * <p>It remembers what was asked for, so that {@link #isComplete()} can tell whether the reader's
 * type holds everything that the message said.
 */
public final class AttributeIndex {
  private final @Nullable ByteBuffer[] values;
  private final boolean[] seen;
  private boolean strange;

  private AttributeIndex(AttributeReader reader, int highest) {
    values = new ByteBuffer[highest + 1];
    seen = new boolean[highest + 1];
    while (reader.next()) {
      if (reader.type() > highest) {
        strange = true;
      } else {
        values[reader.type()] = reader.value();
      }
    }
  }

  /**
   * Reads all attributes.
   *
   * @param highest the highest number that is known; those above make this incomplete
   */
  public static AttributeIndex of(AttributeReader reader, int highest) {
    return new AttributeIndex(reader, highest);
  }

  /** Reads all attributes of a buffer. */
  public static AttributeIndex of(ByteBuffer buffer, int highest) {
    return new AttributeIndex(new AttributeReader(buffer), highest);
  }

  /** Whether the attribute is there. */
  public boolean has(int type) {
    seen[type] = true;
    return values[type] != null;
  }

  /** Marks an attribute without meaning, such as padding, as seen. */
  public AttributeIndex ignore(int type) {
    seen[type] = true;
    return this;
  }

  /** Marks that a value has no counterpart in the reader's types. */
  public void markStrange() {
    strange = true;
  }

  /** Whether every attribute was asked for and none was strange. */
  public boolean isComplete() {
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null && !seen[i]) {
        return false;
      }
    }
    return !strange;
  }

  /** An unsigned byte. */
  public int u8(int type) {
    return require(type, 1).get(0) & 0xff;
  }

  /** An unsigned 16-bit number. */
  public int u16(int type) {
    return require(type, 2).order(ByteOrder.BIG_ENDIAN).getShort(0) & 0xffff;
  }

  /** A signed 32-bit number. */
  public int s32(int type) {
    return require(type, 4).order(ByteOrder.BIG_ENDIAN).getInt(0);
  }

  /** An unsigned 32-bit number. */
  public long u32(int type) {
    return s32(type) & 0xffffffffL;
  }

  /** A 32-bit number, 0 where it is absent. */
  public int s32OrZero(int type) {
    return has(type) ? s32(type) : 0;
  }

  /** A 64-bit number. */
  public long u64(int type) {
    return require(type, 8).order(ByteOrder.BIG_ENDIAN).getLong(0);
  }

  /** A 64-bit number, 0 where it is absent. */
  public long u64OrZero(int type) {
    return has(type) ? u64(type) : 0;
  }

  /** Text up to the first NUL. */
  public String string(int type) {
    ByteBuffer value = require(type, 0);
    byte[] octets = new byte[value.remaining()];
    value.duplicate().get(octets);
    int end = 0;
    while (end < octets.length && octets[end] != 0) {
      end++;
    }
    return new String(octets, 0, end, StandardCharsets.UTF_8);
  }

  /** Text, empty where it is absent. */
  public String stringOrEmpty(int type) {
    return has(type) ? string(type) : "";
  }

  /** A copy of the value. */
  public Bytes bytes(int type) {
    return Bytes.of(require(type, 0));
  }

  /** A copy of the value, empty where it is absent. */
  public Bytes bytesOrEmpty(int type) {
    return has(type) ? bytes(type) : Bytes.EMPTY;
  }

  /** A cursor over the attributes inside. */
  public AttributeReader reader(int type) {
    return new AttributeReader(require(type, 0));
  }

  /** The attributes inside. */
  public AttributeIndex nested(int type, int highest) {
    return new AttributeIndex(reader(type), highest);
  }

  /** A constant by its ordinal number; a number beyond them makes this strange. */
  public <E extends Enum<E>> E constant(int type, E[] constants) {
    long number = u32(type);
    if (number >= constants.length) {
      strange = true;
      return constants[0];
    }
    return constants[(int) number];
  }

  private ByteBuffer require(int type, int bytes) {
    seen[type] = true;
    ByteBuffer value = values[type];
    if (value == null) {
      throw new DecodeException("attribute " + type + " is missing");
    }
    if (value.remaining() < bytes) {
      throw new DecodeException(
          "attribute " + type + " holds " + value.remaining() + " bytes, needs " + bytes);
    }
    return value;
  }
}
