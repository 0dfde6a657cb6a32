package io.flannelj.cni.server;

import java.util.Arrays;
import java.util.Optional;

/**
 * Puts frames together from the pieces in which a stream delivers them. Memory grows with what has
 * arrived only: an announced length costs nothing.
 */
final class FrameAssembler {
  private static final int FIRST_CAPACITY = 8192;

  private byte[] pending = new byte[0];
  private int length;

  /** Takes the bytes of a piece but for the first {@code skipped}. */
  void add(byte[] piece, int skipped) {
    int more = piece.length - skipped;
    if (pending.length < length + more) {
      int doubled = Math.max(FIRST_CAPACITY, 2 * pending.length);
      pending = Arrays.copyOf(pending, Math.max(doubled, length + more));
    }
    System.arraycopy(piece, skipped, pending, length, more);
    length += more;
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
