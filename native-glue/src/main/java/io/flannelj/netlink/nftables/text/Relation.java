package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import io.flannelj.netlink.nftables.expression.Compare;
import io.flannelj.netlink.nftables.expression.CompareOp;
import java.util.Arrays;
import java.util.Optional;

/** The right side of a comparison. */
final class Relation {
  private Relation() {}

  /** Sign and value, with a blank before. */
  static String text(Source left, Compare compare) {
    String sign = compare.op() == CompareOp.EQ ? " " : " " + compare.op() + " ";
    if (left.mask().isEmpty()) {
      return sign + plain(left, compare.data());
    }
    Bytes mask = left.mask().get();
    if (left.type().filter(Relation::isFlags).isPresent() && RuleText.isZero(compare.data())) {
      return (compare.op() == CompareOp.NEQ ? " " : " ! ") + left.value(mask);
    }
    Optional<Integer> prefix = isAddress(left) ? prefixLength(mask) : Optional.empty();
    if (prefix.isPresent()) {
      return sign + left.value(compare.data()) + "/" + prefix.get();
    }
    return " & " + left.value(mask) + " " + compare.op() + " " + left.value(compare.data());
  }

  /** A value, or a prefix where only the first bytes of an address were read. */
  private static String plain(Source left, Bytes value) {
    if (isAddress(left) && left.type().isPresent()) {
      int whole = left.type().get().length();
      if (value.length() < whole) {
        Bytes padded = Bytes.of(Arrays.copyOf(value.toArray(), whole));
        return left.value(padded) + "/" + 8 * value.length();
      }
    }
    return left.value(value);
  }

  private static boolean isFlags(DataType type) {
    return type == DataType.CT_STATE || type == DataType.CT_STATUS || type == DataType.TCP_FLAG;
  }

  private static boolean isAddress(Source left) {
    return left.type()
        .filter(type -> type == DataType.IPV4_ADDR || type == DataType.IPV6_ADDR)
        .isPresent();
  }

  /** The number of leading ones, if only zeros follow. */
  private static Optional<Integer> prefixLength(Bytes mask) {
    int ones = 0;
    int bits = 8 * mask.length();
    while (ones < bits && bit(mask, ones)) {
      ones++;
    }
    for (int i = ones; i < bits; i++) {
      if (bit(mask, i)) {
        return Optional.empty();
      }
    }
    return Optional.of(ones);
  }

  private static boolean bit(Bytes bytes, int index) {
    return (bytes.at(index / 8) >>> (7 - index % 8) & 1) != 0;
  }
}
