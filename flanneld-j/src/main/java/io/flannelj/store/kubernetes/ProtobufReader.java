package io.flannelj.store.kubernetes;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the wire format of protocol buffers from a stream: a field at a time, nothing is kept and
 * what is not wanted is passed over. The end of a message is held by its reader:
 *
 * <pre>
 * long end = reader.enter();
 * while (reader.next(end)) {
 *   switch (reader.field()) { case 1 -> name = reader.text(); default -> reader.skip(); }
 * }
 * </pre>
 *
 * <p>A length that goes beyond the message around it is an error before anything is allocated.
 */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;
  private static final int MOST_TEXT = 64 * 1024;

  private final InputStream input;
  private final byte[] buffer;
  private int at;
  private int filled;
  // Of the stream, where the buffer begins.
  private long begin;
  // Of the innermost message that was entered, in the stream.
  private long limit = Long.MAX_VALUE;
  private int field;
  private int wire;

  /**
   * Of a stream.
   *
   * @param size of the buffer, bytes
   */
  ProtobufReader(InputStream input, int size) {
    this.input = input;
    this.buffer = new byte[size];
  }

  /** Where in the stream it reads. */
  long position() {
    return begin + at;
  }

  /** Whether nothing comes any more; waits for the next byte. */
  boolean atEnd() throws IOException {
    return at == filled && !fill();
  }

  private boolean fill() throws IOException {
    begin += filled;
    at = 0;
    filled = 0;
    int count = input.read(buffer, 0, buffer.length);
    filled = Math.max(0, count);
    return count > 0;
  }

  /** One byte, 0 to 255. */
  int octet() throws IOException {
    if (at == filled && !fill()) {
      throw new EOFException("it ends in the middle, after " + position() + " bytes");
    }
    return buffer[at++] & 0xff;
  }

  /** A message of so many bytes begins here; returns its end. */
  long message(long length) {
    limit = position() + length;
    return limit;
  }

  /** The message that is this field's value begins; returns its end. */
  long enter() throws IOException {
    return message(length());
  }

  /**
   * Goes to the next field of the message that ends there.
   *
   * @return false at its end
   */
  boolean next(long end) throws IOException {
    limit = end;
    long here = position();
    if (here == end) {
      return false;
    }
    if (here > end) {
      throw new IOException("a field goes " + (here - end) + " bytes beyond its message");
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wire = (int) (tag & 7);
    if (tag > 0xffff_ffffL || tag < 8) {
      throw new IOException("there is no field " + (tag >>> 3) + ", before byte " + position());
    }
    return true;
  }

  /** Number of the field. */
  int field() {
    return field;
  }

  private long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int octet = octet();
      value |= (long) (octet & 0x7f) << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new IOException("a number has more than 10 bytes, before byte " + position());
  }

  private long length() throws IOException {
    if (wire != LENGTH) {
      throw new IOException("field " + field + " has the wire type " + wire + " instead of 2");
    }
    long length = varint();
    if (length < 0 || length > limit - position()) {
      throw new IOException(
          "field "
              + field
              + " claims "
              + Long.toUnsignedString(length)
              + " bytes, of its message "
              + Math.max(0, limit - position())
              + " are left");
    }
    return length;
  }

  /** The field's value as a number. */
  long number() throws IOException {
    if (wire != VARINT) {
      throw new IOException("field " + field + " has the wire type " + wire + " instead of 0");
    }
    return varint();
  }

  /** The field's value as text. */
  String text() throws IOException {
    return text(MOST_TEXT);
  }

  /**
   * The field's value as text.
   *
   * @param most bytes: more are an error
   */
  String text(int most) throws IOException {
    int length = (int) Math.min(length(), most + 1L);
    if (length > most) {
      throw new IOException("field " + field + " is a text of more than " + most + " bytes");
    }
    if (length <= filled - at) {
      at += length;
      return new String(buffer, at - length, length, StandardCharsets.UTF_8);
    }
    byte[] octets = new byte[length];
    for (int done = 0; done < length; ) {
      octets[done++] = (byte) octet();
      int count = Math.min(length - done, filled - at);
      System.arraycopy(buffer, at, octets, done, count);
      at += count;
      done += count;
    }
    return new String(octets, StandardCharsets.UTF_8);
  }

  /** Passes the field's value over. */
  void skip() throws IOException {
    switch (wire) {
      case VARINT -> varint();
      case FIXED64 -> pass(8);
      case LENGTH -> pass(length());
      case FIXED32 -> pass(4);
      default -> throw new IOException("field " + field + " has the wire type " + wire);
    }
  }

  private void pass(long length) throws IOException {
    long left = length;
    while (left > filled - at) {
      left -= filled - at;
      if (!fill()) {
        throw new EOFException("it ends in the middle, after " + position() + " bytes");
      }
    }
    at += (int) left;
  }
}
