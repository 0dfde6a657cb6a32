package io.flannelj.cni.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds one frame, its length field included. */
final class FrameWriter {
  private ByteBuffer out = ByteBuffer.allocate(512).putInt(0);

  FrameWriter(FrameKind kind) {
    number(SectionType.KIND, kind.number());
  }

  FrameWriter number(int type, int value) {
    return bytes(type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
  }

  FrameWriter text(int type, String value) {
    return bytes(type, value.getBytes(StandardCharsets.UTF_8));
  }

  FrameWriter bytes(int type, byte[] value) {
    int needed = Short.BYTES + Integer.BYTES + value.length;
    if (out.remaining() < needed) {
      int capacity = Math.max(2 * out.capacity(), out.position() + needed);
      out.flip();
      out = ByteBuffer.allocate(capacity).put(out);
    }
    out.putShort((short) type).putInt(value.length).put(value);
    return this;
  }

  /**
   * The frame as it goes over the socket.
   *
   * @throws IllegalArgumentException if it is larger than a peer accepts
   */
  byte[] finish() {
    int length = out.position() - Integer.BYTES;
    if (length > Frame.LIMIT) {
      throw new IllegalArgumentException(
          "a frame of " + length + " bytes, " + Frame.LIMIT + " are allowed");
    }
    return Arrays.copyOf(out.putInt(0, length).array(), out.position());
  }
}
