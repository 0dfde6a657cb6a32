package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.NftFamily;
import io.flannelj.netlink.nftables.expression.CtLoad;
import io.flannelj.netlink.nftables.expression.Fib;
import io.flannelj.netlink.nftables.expression.FibFlag;
import io.flannelj.netlink.nftables.expression.FibResult;
import io.flannelj.netlink.nftables.expression.MetaKey;
import io.flannelj.netlink.nftables.expression.PayloadBase;
import java.util.Map;
import java.util.Optional;

/** nft's words for what expressions read. */
final class Sources {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;
  static final int ICMP = 1;
  static final int ICMPV6 = 58;

  private static final Map<Integer, Source> IP =
      Map.of(
          9, Source.of("ip protocol", DataType.INET_PROTO),
          12, Source.of("ip saddr", DataType.IPV4_ADDR),
          16, Source.of("ip daddr", DataType.IPV4_ADDR));
  private static final Map<Integer, Source> IP6 =
      Map.of(
          6, Source.of("ip6 nexthdr", DataType.INET_PROTO),
          8, Source.of("ip6 saddr", DataType.IPV6_ADDR),
          24, Source.of("ip6 daddr", DataType.IPV6_ADDR));
  private static final Map<Integer, Source> ARP =
      Map.of(
          14, Source.of("arp saddr ip", DataType.IPV4_ADDR),
          24, Source.of("arp daddr ip", DataType.IPV4_ADDR));
  private static final Map<Integer, Source> ETHER =
      Map.of(
          0, Source.of("ether daddr", DataType.ETHER_ADDR),
          6, Source.of("ether saddr", DataType.ETHER_ADDR),
          12, Source.of("ether type", DataType.ETHER_TYPE));

  private Sources() {}

  static Source meta(MetaKey key) {
    Optional<DataType> type =
        switch (key) {
          case MARK -> Optional.of(DataType.MARK);
          case IIF, OIF, SDIF -> Optional.of(DataType.IFACE_INDEX);
          case IIFNAME, OIFNAME, BRI_IIFNAME, BRI_OIFNAME, SDIFNAME, IIFKIND, OIFKIND ->
              Optional.of(DataType.IFNAME);
          case NFPROTO -> Optional.of(DataType.NF_PROTO);
          case L4PROTO -> Optional.of(DataType.INET_PROTO);
          case PROTOCOL -> Optional.of(DataType.ETHER_TYPE);
          case PKTTYPE -> Optional.of(DataType.PKT_TYPE);
          case LEN, PRIORITY, SKUID, SKGID, CPU, IIFGROUP, OIFGROUP, PRANDOM ->
              Optional.of(DataType.INTEGER);
          default -> Optional.empty();
        };
    String text =
        switch (key) {
          case IIF, OIF, IIFNAME, OIFNAME, IIFGROUP, OIFGROUP -> key.toString();
          default -> "meta " + key;
        };
    return type.map(known -> Source.of(text, known))
        .orElseGet(() -> Source.untyped(text, key.length()));
  }

  static Source ct(CtLoad load) {
    String text =
        "ct " + load.direction().map(direction -> direction + " ").orElse("") + load.key();
    return switch (load.key()) {
      case STATE -> Source.of(text, DataType.CT_STATE);
      case STATUS -> Source.of(text, DataType.CT_STATUS);
      case MARK -> Source.of(text, DataType.MARK);
      case PROTOCOL -> Source.of(text, DataType.INET_PROTO);
      case PROTO_SRC, PROTO_DST -> Source.of(text, DataType.INET_SERVICE);
      case SRC_IP, DST_IP -> Source.of(text, DataType.IPV4_ADDR);
      case SRC_IP6, DST_IP6 -> Source.of(text, DataType.IPV6_ADDR);
      default -> Source.untyped(text, 4);
    };
  }

  static Source fib(Fib fib) {
    String flags = String.join(" . ", fib.flags().stream().map(FibFlag::toString).toList());
    String text = "fib " + flags + " " + fib.result();
    return fib.result() == FibResult.ADDRTYPE
        ? Source.of(text, DataType.FIB_ADDRTYPE)
        : fib.result() == FibResult.OIFNAME
            ? Source.of(text, DataType.IFNAME)
            : Source.of(text, DataType.IFACE_INDEX);
  }

  /**
   * A field of the packet.
   *
   * @param family whose header the network base is, as far as it is known
   * @param protocol IP protocol, -1 if unknown
   */
  static Source payload(PayloadBase base, int offset, int length, NftFamily family, int protocol) {
    Optional<Source> field =
        switch (base) {
          case LINK_LAYER -> Optional.ofNullable(ETHER.get(offset));
          case NETWORK ->
              switch (family) {
                case IP -> Optional.ofNullable(IP.get(offset));
                case IP6 -> Optional.ofNullable(IP6.get(offset));
                case ARP -> Optional.ofNullable(ARP.get(offset));
                case INET, BRIDGE, NETDEV -> Optional.empty();
              };
          case TRANSPORT -> transport(offset, protocol);
          case INNER -> Optional.empty();
        };
    return field
        .filter(known -> length <= known.length())
        .map(known -> known.first(length))
        .orElseGet(() -> Source.untyped(raw(base, offset, length), length));
  }

  private static Optional<Source> transport(int offset, int protocol) {
    if (protocol == ICMP || protocol == ICMPV6) {
      return offset != 0
          ? Optional.empty()
          : Optional.of(
              protocol == ICMP
                  ? Source.of("icmp type", DataType.ICMP_TYPE)
                  : Source.of("icmpv6 type", DataType.ICMPV6_TYPE));
    }
    String name =
        switch (protocol) {
          case TCP -> "tcp";
          case UDP -> "udp";
          case SCTP -> "sctp";
          default -> "th";
        };
    return switch (offset) {
      case 0 -> Optional.of(Source.of(name + " sport", DataType.INET_SERVICE));
      case 2 -> Optional.of(Source.of(name + " dport", DataType.INET_SERVICE));
      case 13 ->
          protocol == TCP
              ? Optional.of(Source.of("tcp flags", DataType.TCP_FLAG))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static String raw(PayloadBase base, int offset, int length) {
    String name =
        switch (base) {
          case LINK_LAYER -> "ll";
          case NETWORK -> "nh";
          case TRANSPORT -> "th";
          case INNER -> "ih";
        };
    return "@" + name + "," + 8 * offset + "," + 8 * length;
  }
}
