package io.flannelj.netlink;

import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Cuts what one recv(2) brought into messages. */
final class Datagram {
  private static final int HEADER = 16;

  private Datagram() {}

  /** Messages whose bodies share one copy of the datagram. */
  static List<NetlinkMessage> split(ByteBuffer received, int length) {
    byte[] copy = new byte[length];
    received.get(0, copy);
    ByteBuffer data = ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
    List<NetlinkMessage> messages = new ArrayList<>();
    int at = 0;
    while (at < length) {
      int left = length - at;
      int size = left < HEADER ? 0 : data.getInt(at);
      if (size < HEADER || size > left) {
        throw new DecodeException(
            "netlink message of " + size + " bytes where " + left + " are left");
      }
      messages.add(
          new NetlinkMessage(
              data.getShort(at + 4) & 0xffff,
              data.getShort(at + 6) & 0xffff,
              data.getInt(at + 8),
              data.getInt(at + 12),
              data.slice(at + HEADER, size - HEADER).order(ByteOrder.nativeOrder())));
      // The last message of a datagram need not be padded.
      at += (size + 3) & ~3;
    }
    return messages;
  }
}
