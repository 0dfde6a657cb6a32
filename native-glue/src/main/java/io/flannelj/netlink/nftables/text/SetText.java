package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.NftSet;
import io.flannelj.netlink.nftables.SetElement;
import io.flannelj.netlink.nftables.SetFlag;
import io.flannelj.netlink.nftables.SetType;
import io.flannelj.netlink.nftables.TableContent.SetContent;
import io.flannelj.netlink.nftables.expression.NftData;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Sets and maps. */
final class SetText {
  private static final String NEW_LINE = ",\n\t\t\t     ";

  private SetText() {}

  static boolean isAnonymous(NftSet set) {
    return set.flags().contains(SetFlag.ANONYMOUS);
  }

  /** The lines within {@code set NAME { }}, without elements, each ended by {@code end}. */
  static String definition(NftSet set, String indent, String end) {
    StringBuilder text = new StringBuilder(indent).append("type ").append(set.key());
    set.data().ifPresent(data -> text.append(" : ").append(data));
    text.append(end);
    if (set.size() > 0) {
      text.append(indent).append("size ").append(set.size()).append(end);
    }
    List<String> flags = new ArrayList<>();
    for (SetFlag flag :
        List.of(SetFlag.CONSTANT, SetFlag.DYNAMIC, SetFlag.INTERVAL, SetFlag.TIMEOUT)) {
      // A default time-out implies the flag; nft still prints it beside "dynamic".
      boolean implied =
          flag == SetFlag.TIMEOUT
              && set.timeoutMillis() > 0
              && !set.flags().contains(SetFlag.DYNAMIC);
      if (set.flags().contains(flag) && !implied) {
        flags.add(flag.name().toLowerCase(Locale.ROOT));
      }
    }
    if (!flags.isEmpty()) {
      text.append(indent).append("flags ").append(String.join(",", flags)).append(end);
    }
    if (set.timeoutMillis() > 0) {
      text.append(indent).append("timeout ").append(duration(set.timeoutMillis())).append(end);
    }
    if (!set.comment().isEmpty()) {
      text.append(indent).append("comment ").append(ValueText.quote(set.comment())).append(end);
    }
    return text.toString();
  }

  /** All elements in nft's order, broken into lines as nft does. */
  static String lines(SetContent content) {
    int perLine = perLine(content.set().key());
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (SetElement element : sorted(content)) {
      if (count > 0) {
        text.append(count % perLine == 0 ? NEW_LINE : ", ");
      }
      text.append(element(content.set(), element));
      count++;
    }
    return text.toString();
  }

  /** All elements in nft's order on one line. */
  static String inline(SetContent content) {
    return String.join(
        ", ", sorted(content).stream().map(one -> element(content.set(), one)).toList());
  }

  static String element(NftSet set, SetElement element) {
    StringBuilder text = new StringBuilder(key(set.key(), element));
    if (element.timeoutMillis() > 0) {
      text.append(" timeout ").append(duration(element.timeoutMillis()));
    }
    if (!element.comment().isEmpty()) {
      text.append(" comment ").append(ValueText.quote(element.comment()));
    }
    element
        .data()
        .ifPresent(
            data -> text.append(" : ").append(data(set.data().orElse(SetType.VERDICT), data)));
    return text.toString();
  }

  private static String data(SetType type, NftData data) {
    return data instanceof NftData.Value value
        ? value(type, value.bytes(), Optional.empty())
        : data.toString();
  }

  private static String key(SetType type, SetElement element) {
    return element.isCatchAll() ? "*" : value(type, element.key(), element.last());
  }

  /** A value or range; of a concatenation, each part. */
  private static String value(SetType type, Bytes first, Optional<Bytes> last) {
    List<DataType> parts = type.parts();
    if (parts.isEmpty()) {
      return "0x" + first + last.map(bytes -> "-0x" + bytes).orElse("");
    }
    if (parts.size() == 1) {
      return range(parts.get(0), first, last.orElse(first));
    }
    List<String> words = new ArrayList<>();
    int at = 0;
    for (DataType part : parts) {
      words.add(range(part, slice(first, at, part), slice(last.orElse(first), at, part)));
      at += (part.length() + 3) & ~3;
    }
    return String.join(" . ", words);
  }

  private static Bytes slice(Bytes bytes, int at, DataType part) {
    byte[] octets = new byte[part.length()];
    for (int i = 0; i < octets.length && at + i < bytes.length(); i++) {
      octets[i] = (byte) bytes.at(at + i);
    }
    return Bytes.of(octets);
  }

  private static String range(DataType type, Bytes first, Bytes last) {
    if (first.equals(last)) {
      return ValueText.of(type, first);
    }
    if (type == DataType.IPV4_ADDR || type == DataType.IPV6_ADDR) {
      BigInteger low = new BigInteger(1, first.toArray());
      BigInteger size = new BigInteger(1, last.toArray()).subtract(low).add(BigInteger.ONE);
      if (size.signum() > 0 && size.bitCount() == 1 && low.mod(size).signum() == 0) {
        return ValueText.of(type, first) + "/" + (8 * type.length() - size.getLowestSetBit());
      }
    }
    return ValueText.of(type, first) + "-" + ValueText.of(type, last);
  }

  /** nft sorts by number: network order as it is, host order from its highest byte on. */
  private static List<SetElement> sorted(SetContent content) {
    SetType type = content.set().key();
    List<DataType> parts = type.parts();
    boolean ranges = content.set().flags().contains(SetFlag.INTERVAL);
    boolean network = ranges || (parts.size() == 1 && parts.get(0).isNetworkOrder());
    Comparator<SetElement> byKey =
        Comparator.comparing(element -> network ? element.key() : reversed(element.key()));
    return content.elements().values().stream()
        .sorted(Comparator.comparing(SetElement::isCatchAll).thenComparing(byKey))
        .toList();
  }

  private static Bytes reversed(Bytes bytes) {
    byte[] octets = new byte[bytes.length()];
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) bytes.at(octets.length - 1 - i);
    }
    return Bytes.of(octets);
  }

  private static int perLine(SetType type) {
    List<DataType> parts = type.parts();
    if (parts.size() != 1) {
      return 1;
    }
    return switch (parts.get(0)) {
      case NF_PROTO, INTEGER, INET_PROTO, INET_SERVICE, MARK, TCP_FLAG, IFACE_INDEX -> 5;
      case IPV4_ADDR, CT_STATE, CT_STATUS, PKT_TYPE, ICMP_TYPE, ICMPV6_TYPE -> 2;
      case IPV6_ADDR, ETHER_ADDR, ETHER_TYPE, FIB_ADDRTYPE, IFNAME -> 1;
    };
  }

  /** A time as {@code 1h30m}. */
  static String duration(long millis) {
    StringBuilder text = new StringBuilder();
    long rest = millis;
    long[] units = {86_400_000, 3_600_000, 60_000, 1000, 1};
    String[] names = {"d", "h", "m", "s", "ms"};
    for (int i = 0; i < units.length; i++) {
      if (rest >= units[i]) {
        text.append(rest / units[i]).append(names[i]);
        rest %= units[i];
      }
    }
    return text.toString();
  }
}
