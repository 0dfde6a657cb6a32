package io.flannelj.netlink.codec;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A cursor over a run of attributes ({@code struct nlattr}, include/uapi/linux/netlink.h):
 *
 * <pre>
 *   u16 length (header included)   u16 type (bit 15 nested, bit 14 network order)   value   padding to 4
 * </pre>
 *
 * <p>{@link #next()} steps to the next attribute; the getters read the one the cursor stands on and
 * throw {@link DecodeException} naming its number when its length does not fit.
 */
public final class AttributeReader {
  /** The attribute holds attributes. Old families nest without setting it. */
  public static final int NLA_F_NESTED = 0x8000;

  /** The value is in network byte order. Hardly ever set. */
  public static final int NLA_F_NET_BYTEORDER = 0x4000;

  private static final int HEADER = 4;
  private static final int TYPE_MASK = 0x3fff;

  private final ByteBuffer buffer;
  private int next;
  private int rawType;
  private int start;
  private int length;

  /** Over the buffer's remaining bytes; the buffer itself is not changed. */
  public AttributeReader(ByteBuffer buffer) {
    this.buffer = buffer.slice().order(ByteOrder.nativeOrder());
  }

  /**
   * Steps to the next attribute.
   *
   * @return false at the end
   * @throws DecodeException if the rest is shorter than an attribute or than it says
   */
  public boolean next() {
    int left = buffer.limit() - next;
    if (left <= 0) {
      return false;
    }
    if (left < HEADER) {
      throw new DecodeException(left + " stray bytes where an attribute header should be");
    }
    int total = buffer.getShort(next) & 0xffff;
    rawType = buffer.getShort(next + 2) & 0xffff;
    if (total < HEADER || total > left) {
      throw new DecodeException(
          "attribute " + type() + " says " + total + " bytes where " + left + " are left");
    }
    start = next + HEADER;
    length = total - HEADER;
    next += (total + 3) & ~3;
    return true;
  }

  /** The attribute's number without flag bits. */
  public int type() {
    return rawType & TYPE_MASK;
  }

  /** Whether NLA_F_NESTED is set. */
  public boolean isNested() {
    return (rawType & NLA_F_NESTED) != 0;
  }

  /** Whether NLA_F_NET_BYTEORDER is set. */
  public boolean isNetOrder() {
    return (rawType & NLA_F_NET_BYTEORDER) != 0;
  }

  /** Length of the value in bytes. */
  public int length() {
    return length;
  }

  /** An unsigned byte. */
  public int u8() {
    require(1);
    return buffer.get(start) & 0xff;
  }

  /** An unsigned 16-bit number in host order. */
  public int u16() {
    require(2);
    return buffer.getShort(start) & 0xffff;
  }

  /** An unsigned 16-bit number in network order (ports). */
  public int u16BigEndian() {
    int value = u16();
    return buffer.order() == ByteOrder.BIG_ENDIAN
        ? value
        : Short.reverseBytes((short) value) & 0xffff;
  }

  /** A 32-bit number in host order as the signed int that holds it (interface indexes). */
  public int s32() {
    require(4);
    return buffer.getInt(start);
  }

  /** An unsigned 32-bit number in host order. */
  public long u32() {
    return s32() & 0xffffffffL;
  }

  /** An unsigned 32-bit number in network order (nf_tables). */
  public long u32BigEndian() {
    int value = s32();
    return (buffer.order() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value))
        & 0xffffffffL;
  }

  /** A 64-bit number in host order. */
  public long u64() {
    require(8);
    return buffer.getLong(start);
  }

  /** A 64-bit number in network order (nf_tables). */
  public long u64BigEndian() {
    long value = u64();
    return buffer.order() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value);
  }

  /** Text up to the first NUL or the end of the value. */
  public String string() {
    int end = 0;
    while (end < length && buffer.get(start + end) != 0) {
      end++;
    }
    byte[] text = new byte[end];
    buffer.get(start, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** An IPv4 or IPv6 address, told by its length. */
  public IpAddress address() {
    if (length != 4 && length != 16) {
      throw new DecodeException("attribute " + type() + " holds " + length + " bytes, no address");
    }
    return IpAddress.of(octets());
  }

  /** A MAC address. */
  public MacAddress mac() {
    require(MacAddress.LENGTH);
    return MacAddress.of(octets());
  }

  /** A copy of the value. */
  public Bytes bytes() {
    return Bytes.of(value());
  }

  /** The value as a buffer in native order, for fixed structures. */
  public ByteBuffer value() {
    return buffer.slice(start, length).order(ByteOrder.nativeOrder());
  }

  /** A cursor over the attributes inside this one. */
  public AttributeReader nested() {
    return new AttributeReader(value());
  }

  /**
   * Runs the body once per attribute inside this one; failures name this attribute as context.
   *
   * @param name the kernel's name of this attribute
   */
  public void nested(String name, Consumer<AttributeReader> body) {
    decode(
        name,
        inner -> {
          while (inner.next()) {
            body.accept(inner);
          }
          return inner;
        });
  }

  /** Decodes the attributes inside this one; failures name this attribute as context. */
  public <T> T decode(String name, Function<AttributeReader, T> decoder) {
    try {
      return decoder.apply(nested());
    } catch (DecodeException e) {
      throw new DecodeException(name, e);
    }
  }

  private byte[] octets() {
    byte[] octets = new byte[length];
    buffer.get(start, octets);
    return octets;
  }

  private void require(int bytes) {
    if (length < bytes) {
      throw new DecodeException(
          "attribute " + type() + " holds " + length + " bytes, needs " + bytes);
    }
  }
}
