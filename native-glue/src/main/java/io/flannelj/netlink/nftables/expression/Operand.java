package io.flannelj.netlink.nftables.expression;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Values as registers and set elements hold them: addresses, ports and protocols in network order,
 * marks and indexes in host order, interface names as 16 bytes padded with NUL.
 */
public final class Operand {
  /** IFNAMSIZ. */
  public static final int IFNAMSIZ = 16;

  private Operand() {}

  /** An address: 4 or 16 bytes. */
  public static Bytes address(IpAddress address) {
    return Bytes.of(address.toBytes());
  }

  /** A MAC address: 6 bytes. */
  public static Bytes mac(MacAddress mac) {
    return Bytes.of(mac.toBytes());
  }

  /** A port or ether type: 2 bytes. */
  public static Bytes port(int port) {
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException("port " + port + " is not within 0..65535");
    }
    return Bytes.of(new byte[] {(byte) (port >>> 8), (byte) port});
  }

  /** An IP protocol number (6 TCP, 17 UDP, 132 SCTP): 1 byte. */
  public static Bytes protocol(int protocol) {
    return Bytes.of(new byte[] {(byte) protocol});
  }

  /** A mark or another 32-bit number in host order. */
  public static Bytes mark(long mark) {
    return Bytes.of(
        ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt((int) mark).array());
  }

  /** An interface name: 16 bytes. */
  public static Bytes ifname(String name) {
    byte[] octets = name.getBytes(StandardCharsets.UTF_8);
    if (octets.length == 0 || octets.length >= IFNAMSIZ) {
      throw new IllegalArgumentException("interface name \"" + name + "\" is not 1 to 15 bytes");
    }
    return Bytes.of(Arrays.copyOf(octets, IFNAMSIZ));
  }

  /** A concatenation: each part padded to whole 32-bit registers. */
  public static Bytes concat(Bytes... parts) {
    int length = 0;
    for (Bytes part : parts) {
      length += padded(part.length());
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (Bytes part : parts) {
      int start = all.position();
      all.put(part.toArray()).position(start + padded(part.length()));
    }
    return Bytes.of(all.array());
  }

  /** Bytes that a part of a concatenation takes. */
  public static int padded(int length) {
    return (length + 3) & ~3;
  }
}
