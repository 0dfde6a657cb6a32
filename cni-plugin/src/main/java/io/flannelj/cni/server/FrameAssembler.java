package io.flannelj.cni.server;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Optional;

/** Puts frames together from the pieces in which a stream delivers them. */
final class FrameAssembler {
  private static final int FIRST_CAPACITY = 8192;

  private byte[] pending = new byte[0];
  private int length;

  /** Takes over all bytes of a piece; it is not released. */
  void add(ByteBuf piece) {
    int more = piece.readableBytes();
    if (pending.length < length + more) {
      int doubled = Math.max(FIRST_CAPACITY, 2 * pending.length);
      pending = Arrays.copyOf(pending, Math.max(doubled, length + more));
    }
    piece.readBytes(pending, length, more);
    length += more;
  }

  /**
   * Whether bytes of an unfinished frame wait.
   *
   * <p>Memory grows with what has arrived only: an announced length costs nothing.
   */
  boolean isEmpty() {
    return length == 0;
  }

  /** The body of the next frame that is complete. */
  Optional<byte[]> next() throws MalformedFrameException {
    if (length < Integer.BYTES) {
      return Optional.empty();
    }
    int announced =
        (pending[0] & 0xff) << 24
            | (pending[1] & 0xff) << 16
            | (pending[2] & 0xff) << 8
            | (pending[3] & 0xff);
    if (announced <= 0 || announced > Frame.LIMIT) {
      throw new MalformedFrameException(
          "a frame of " + Integer.toUnsignedString(announced) + " bytes");
    }
    int end = Integer.BYTES + announced;
    if (length < end) {
      return Optional.empty();
    }
    byte[] body = Arrays.copyOfRange(pending, Integer.BYTES, end);
    System.arraycopy(pending, end, pending, 0, length - end);
    length -= end;
    if (length == 0) {
      pending = new byte[0];
    }
    return Optional.of(body);
  }
}
