package io.flannelj.store.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** The body of an answer, however its end is told. Closing it does not close the connection. */
final class HttpBody extends InputStream {
  private static final int MOST_LINE = 4096;
  private static final int MOST_TRAILERS = 100;

  /** How the end is told. */
  private enum End {
    LENGTH,
    CHUNKS,
    CLOSE
  }

  private final InputStream input;
  private final End end;
  // Bytes of the body, or of the chunk, that are still to come.
  private long left;
  private boolean first = true;
  private boolean complete;

  private HttpBody(InputStream input, End end, long left) {
    this.input = input;
    this.end = end;
    this.left = left;
    this.complete = end == End.LENGTH && left == 0;
  }

  static HttpBody ofLength(InputStream input, long length) {
    return new HttpBody(input, End.LENGTH, length);
  }

  static HttpBody chunked(InputStream input) {
    return new HttpBody(input, End.CHUNKS, 0);
  }

  static HttpBody untilClosed(InputStream input) {
    return new HttpBody(input, End.CLOSE, Long.MAX_VALUE);
  }

  /** Whether its end was seen. */
  boolean isComplete() {
    return complete;
  }

  /** A number of at most 15 digits and nothing else. */
  static long number(String digits, int radix) throws IOException {
    if (digits.isEmpty() || digits.length() > 15) {
      throw new IOException("its answer has a length of " + digits.length() + " digits");
    }
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = Character.digit(digits.charAt(i), radix);
      if (digit < 0 || digits.charAt(i) > 'f') {
        throw new IOException("its answer has a length that is no number");
      }
      value = value * radix + digit;
    }
    return value;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!complete && end == End.CHUNKS && left == 0) {
      nextChunk();
    }
    if (complete) {
      return -1;
    }
    int count = input.read(into, offset, (int) Math.min(length, left));
    if (count < 0) {
      if (end == End.CLOSE) {
        complete = true;
        return -1;
      }
      throw new IOException("it closed the connection in the middle of its answer");
    }
    if (end != End.CLOSE) {
      left -= count;
      complete = end == End.LENGTH && left == 0;
    }
    return count;
  }

  private void nextChunk() throws IOException {
    if (!first && !line().isEmpty()) {
      throw new IOException("its answer has a chunk that is longer than it said");
    }
    first = false;
    String size = line();
    int extension = size.indexOf(';');
    left = number((extension < 0 ? size : size.substring(0, extension)).strip(), 16);
    if (left > 0) {
      return;
    }
    for (int trailers = 0; !line().isEmpty(); trailers++) {
      if (trailers == MOST_TRAILERS) {
        throw new IOException("its answer has trailers without end");
      }
    }
    complete = true;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(16);
    while (true) {
      int octet = input.read();
      if (octet < 0) {
        throw new IOException("it closed the connection in the middle of its answer");
      }
      if (octet == '\n') {
        int length = line.length();
        boolean carriage = length > 0 && line.charAt(length - 1) == '\r';
        return line.substring(0, carriage ? length - 1 : length);
      }
      if (line.length() == MOST_LINE) {
        throw new IOException("its answer has a chunk's head of more than " + MOST_LINE + " bytes");
      }
      line.append((char) octet);
    }
  }
}
