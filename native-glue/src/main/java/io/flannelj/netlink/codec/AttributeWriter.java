package io.flannelj.netlink.codec;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink messages and attributes into a buffer that grows. Lengths are patched when a
 * message or attribute ends, so length and content cannot disagree.
 */
public final class AttributeWriter {
  private static final int ATTRIBUTE_HEADER = 4;
  private static final int MAX_ATTRIBUTE = 0xffff;

  private ByteBuffer buffer;

  /** An empty writer of 4 KiB to begin with. */
  public AttributeWriter() {
    this(4096);
  }

  /** An empty writer with a first capacity in bytes. */
  public AttributeWriter(int capacity) {
    buffer = ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
  }

  /** Writes what the lambda writes. */
  @FunctionalInterface
  public interface Body {
    /** Writes into the writer. */
    void writeTo(AttributeWriter out);
  }

  /** Number of bytes written so far. */
  public int size() {
    return buffer.position();
  }

  /** Forgets everything written; capacity stays. */
  public void clear() {
    buffer.clear();
  }

  /** What was written, as a read-only view in native order. */
  public ByteBuffer written() {
    return buffer.duplicate().flip().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    byte[] octets = new byte[size()];
    buffer.get(0, octets);
    return octets;
  }

  /**
   * One netlink message ({@code struct nlmsghdr}: u32 length, u16 type, u16 flags, u32 sequence,
   * u32 port), padded to 4.
   */
  public void message(int type, int flags, int sequence, Body body) {
    int start = size();
    rawInt(0).rawShort(type).rawShort(flags).rawInt(sequence).rawInt(0);
    body.writeTo(this);
    buffer.putInt(start, size() - start);
    pad();
  }

  /** A raw byte of a fixed header. */
  public AttributeWriter rawByte(int value) {
    room(1).put((byte) value);
    return this;
  }

  /** A raw 16-bit number of a fixed header, host order. */
  public AttributeWriter rawShort(int value) {
    room(2).putShort((short) value);
    return this;
  }

  /** A raw 16-bit number of a fixed header, network order. */
  public AttributeWriter rawShortBigEndian(int value) {
    return rawByte(value >>> 8).rawByte(value);
  }

  /** A raw 32-bit number of a fixed header, host order. */
  public AttributeWriter rawInt(int value) {
    room(4).putInt(value);
    return this;
  }

  /** A raw 64-bit number of a fixed structure, host order. */
  public AttributeWriter rawLong(long value) {
    room(8).putLong(value);
    return this;
  }

  /** Raw bytes of a fixed header. */
  public AttributeWriter raw(byte[] octets) {
    room(octets.length).put(octets);
    return this;
  }

  /** An attribute without value (a flag). */
  public void putFlag(int type) {
    attribute(type, out -> {});
  }

  /** An unsigned byte. */
  public void putU8(int type, int value) {
    attribute(type, out -> out.rawByte(value));
  }

  /** A 16-bit number in host order. */
  public void putU16(int type, int value) {
    attribute(type, out -> out.rawShort(value));
  }

  /** A 16-bit number in network order (ports). */
  public void putU16BigEndian(int type, int value) {
    attribute(type, out -> out.rawShortBigEndian(value));
  }

  /** A 32-bit number in host order. */
  public void putU32(int type, long value) {
    attribute(type, out -> out.rawInt((int) value));
  }

  /** A 32-bit number in network order (nf_tables). */
  public void putU32BigEndian(int type, long value) {
    attribute(
        type, out -> out.rawShortBigEndian((int) (value >>> 16)).rawShortBigEndian((int) value));
  }

  /** A 64-bit number in host order. */
  public void putU64(int type, long value) {
    attribute(type, out -> out.rawLong(value));
  }

  /** A 64-bit number in network order (nf_tables). */
  public void putU64BigEndian(int type, long value) {
    attribute(
        type,
        out -> {
          for (int shift = 48; shift >= 0; shift -= 16) {
            out.rawShortBigEndian((int) (value >>> shift));
          }
        });
  }

  /** Text with a terminating NUL. */
  public void putString(int type, String text) {
    attribute(type, out -> out.raw(text.getBytes(StandardCharsets.UTF_8)).rawByte(0));
  }

  /** An address as its octets in network order. */
  public void putAddress(int type, IpAddress address) {
    attribute(type, out -> out.raw(address.toBytes()));
  }

  /** A MAC address as its six octets. */
  public void putMac(int type, MacAddress mac) {
    attribute(type, out -> out.raw(mac.toBytes()));
  }

  /** Opaque bytes. */
  public void putBytes(int type, Bytes value) {
    attribute(type, out -> out.raw(value.toArray()));
  }

  /** Attributes inside an attribute, with NLA_F_NESTED set as strict checking wants it. */
  public void nested(int type, Body body) {
    attribute(type | AttributeReader.NLA_F_NESTED, body);
  }

  /** An attribute whose value the body writes; the type may carry flag bits. */
  public void attribute(int type, Body body) {
    int start = size();
    rawShort(0).rawShort(type);
    body.writeTo(this);
    int length = size() - start;
    if (length > MAX_ATTRIBUTE) {
      throw new IllegalArgumentException(
          "attribute " + type + " of " + (length - ATTRIBUTE_HEADER) + " bytes exceeds 65531");
    }
    buffer.putShort(start, (short) length);
    pad();
  }

  private void pad() {
    while ((size() & 3) != 0) {
      rawByte(0);
    }
  }

  private ByteBuffer room(int bytes) {
    if (buffer.remaining() < bytes) {
      ByteBuffer larger =
          ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes))
              .order(ByteOrder.nativeOrder());
      buffer.flip();
      larger.put(buffer);
      buffer = larger;
    }
    return buffer;
  }
}
