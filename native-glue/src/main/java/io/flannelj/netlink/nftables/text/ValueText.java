package io.flannelj.netlink.nftables.text;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values of nft's data types as nft prints them. */
final class ValueText {
  private static final int IFNAMSIZ = 16;
  private static final Map<Integer, String> PROTOCOLS =
      Map.ofEntries(
          Map.entry(1, "icmp"),
          Map.entry(2, "igmp"),
          Map.entry(6, "tcp"),
          Map.entry(17, "udp"),
          Map.entry(33, "dccp"),
          Map.entry(47, "gre"),
          Map.entry(50, "esp"),
          Map.entry(51, "ah"),
          Map.entry(58, "ipv6-icmp"),
          Map.entry(132, "sctp"),
          Map.entry(136, "udplite"));
  private static final Map<Integer, String> ETHER_TYPES =
      Map.of(0x0800, "ip", 0x86dd, "ip6", 0x0806, "arp", 0x8100, "8021q", 0x88a8, "8021ad");
  private static final Map<Integer, String> NF_PROTOS = Map.of(2, "ipv4", 10, "ipv6");
  private static final Map<Integer, String> PACKET_TYPES =
      Map.of(0, "host", 1, "broadcast", 2, "multicast", 3, "other");
  private static final Map<Integer, String> ICMP_TYPES =
      Map.of(
          0,
          "echo-reply",
          3,
          "destination-unreachable",
          5,
          "redirect",
          8,
          "echo-request",
          11,
          "time-exceeded");
  private static final Map<Integer, String> ICMPV6_TYPES =
      Map.of(
          1,
          "destination-unreachable",
          2,
          "packet-too-big",
          3,
          "time-exceeded",
          128,
          "echo-request",
          129,
          "echo-reply",
          133,
          "nd-router-solicit",
          134,
          "nd-router-advert",
          135,
          "nd-neighbor-solicit",
          136,
          "nd-neighbor-advert");
  private static final List<String> ADDRESS_TYPES =
      List.of(
          "unspec",
          "unicast",
          "local",
          "broadcast",
          "anycast",
          "multicast",
          "blackhole",
          "unreachable",
          "prohibit");
  private static final Map<Integer, String> CT_STATES =
      Map.of(1, "invalid", 2, "established", 4, "related", 8, "new", 64, "untracked");
  private static final Map<Integer, String> CT_STATUSES =
      Map.of(
          1,
          "expected",
          2,
          "seen-reply",
          4,
          "assured",
          8,
          "confirmed",
          16,
          "snat",
          32,
          "dnat",
          512,
          "dying");
  private static final Map<Integer, String> TCP_FLAGS =
      Map.of(1, "fin", 2, "syn", 4, "rst", 8, "psh", 16, "ack", 32, "urg", 64, "ecn", 128, "cwr");

  private ValueText() {}

  /** A value; one whose length does not fit its type is printed in hex. */
  static String of(DataType type, Bytes value) {
    if (type == DataType.IFNAME && value.length() <= IFNAMSIZ) {
      return name(value);
    }
    if (value.length() != type.length()) {
      return "0x" + value;
    }
    return switch (type) {
      case IPV4_ADDR, IPV6_ADDR -> IpAddress.of(value.toArray()).toString();
      case ETHER_ADDR -> MacAddress.of(value.toArray()).toString();
      case INET_SERVICE -> "" + number(type, value);
      case IFACE_INDEX, INTEGER -> Integer.toUnsignedString(number(type, value));
      case MARK -> mark(number(type, value));
      case INET_PROTO -> named(PROTOCOLS, number(type, value));
      case NF_PROTO -> named(NF_PROTOS, number(type, value));
      case PKT_TYPE -> named(PACKET_TYPES, number(type, value));
      case ICMP_TYPE -> named(ICMP_TYPES, number(type, value));
      case ICMPV6_TYPE -> named(ICMPV6_TYPES, number(type, value));
      case FIB_ADDRTYPE -> addressType(number(type, value));
      case ETHER_TYPE -> etherType(number(type, value));
      case CT_STATE -> flags(CT_STATES, number(type, value));
      case CT_STATUS -> flags(CT_STATUSES, number(type, value));
      case TCP_FLAG -> flags(TCP_FLAGS, number(type, value));
      case IFNAME -> name(value);
    };
  }

  /** A number of up to four bytes in its type's byte order. */
  private static int number(DataType type, Bytes value) {
    ByteBuffer buffer =
        ByteBuffer.wrap(value.toArray())
            .order(type.isNetworkOrder() ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder());
    return switch (value.length()) {
      case 1 -> buffer.get(0) & 0xff;
      case 2 -> buffer.getShort(0) & 0xffff;
      default -> buffer.getInt(0);
    };
  }

  /** A mark: {@code 0x00004000}. */
  static String mark(int mark) {
    return String.format(Locale.ROOT, "0x%08x", mark);
  }

  private static String named(Map<Integer, String> names, int number) {
    return names.getOrDefault(number, "" + number);
  }

  private static String addressType(int number) {
    return number >= 0 && number < ADDRESS_TYPES.size() ? ADDRESS_TYPES.get(number) : "" + number;
  }

  private static String etherType(int number) {
    return ETHER_TYPES.getOrDefault(number, String.format(Locale.ROOT, "0x%04x", number));
  }

  private static String flags(Map<Integer, String> names, int bits) {
    List<String> words = new ArrayList<>();
    for (int bit = 1; bit != 0; bit <<= 1) {
      if ((bits & bit) != 0) {
        words.add(names.getOrDefault(bit, String.format(Locale.ROOT, "0x%x", bit)));
      }
    }
    return words.isEmpty() ? "0x0" : String.join(",", words);
  }

  /** A name, with {@code *} behind one that is cut off before its NUL. */
  private static String name(Bytes value) {
    byte[] octets = value.toArray();
    int end = 0;
    while (end < octets.length && octets[end] != 0) {
      end++;
    }
    String name = new String(octets, 0, end, StandardCharsets.UTF_8);
    return quote(end == octets.length && end < IFNAMSIZ ? name + "*" : name);
  }

  static String quote(String text) {
    return '"' + text + '"';
  }
}
