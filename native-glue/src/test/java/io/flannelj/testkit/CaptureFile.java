package io.flannelj.testkit;

import io.flannelj.netlink.codec.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Netlink messages recorded from a real kernel. A {@code .hex} file has comment lines that begin
 * with {@code #} (the command, the kernel), then one message per paragraph: bytes in hex, in lines
 * of any length. The order of bytes is that of a little-endian machine.
 *
 * @param comment the comment lines without their {@code #}
 * @param messages whole messages, {@code struct nlmsghdr} included
 */
public record CaptureFile(List<String> comment, List<Bytes> messages) {
  private static final int HEADER = 16;

  /** A message without its {@code struct nlmsghdr}. */
  public record Message(int type, int flags, ByteBuffer body) {}

  /** Reads a resource of the class. */
  public static CaptureFile load(Class<?> owner, String resource) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new AssertionError("no capture " + resource + " beside " + owner.getName());
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CaptureFile parse(String text) {
    List<String> comment = new ArrayList<>();
    List<Bytes> messages = new ArrayList<>();
    StringBuilder digits = new StringBuilder();
    for (String line : (text + "\n\n").split("\n", -1)) {
      if (line.startsWith("#")) {
        comment.add(line.substring(1).strip());
      } else if (!line.isBlank()) {
        digits.append(line.replace(" ", ""));
      } else if (!digits.isEmpty()) {
        messages.add(Bytes.of(HexFormat.of().parseHex(digits)));
        digits.setLength(0);
      }
    }
    return new CaptureFile(List.copyOf(comment), List.copyOf(messages));
  }

  /** The messages without their headers, in native order. */
  public List<Message> decoded() {
    List<Message> all = new ArrayList<>();
    for (Bytes message : messages) {
      ByteBuffer buffer = ByteBuffer.wrap(message.toArray()).order(ByteOrder.LITTLE_ENDIAN);
      int length = buffer.getInt(0);
      if (length < HEADER || length > message.length()) {
        throw new AssertionError("a captured message of " + length + " bytes in " + message);
      }
      ByteBuffer body = buffer.slice(HEADER, length - HEADER).order(ByteOrder.nativeOrder());
      all.add(new Message(buffer.getShort(4) & 0xffff, buffer.getShort(6) & 0xffff, body));
    }
    return all;
  }
}
