package io.flannelj.netlink.nftables.text;

import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.nftables.DataType;
import java.util.Optional;

/**
 * What a register holds while a rule is printed.
 *
 * @param text nft's words for it
 * @param type of its values, empty if nft has no words for them
 * @param length in bytes; less than the type's when only the first bytes were read
 * @param mask under which it was put, empty for none
 * @param literal the bytes themselves, if they are known
 */
record Source(
    String text,
    Optional<DataType> type,
    int length,
    Optional<Bytes> mask,
    Optional<Bytes> literal) {

  static Source of(String text, DataType type) {
    return new Source(text, Optional.of(type), type.length(), Optional.empty(), Optional.empty());
  }

  static Source untyped(String text, int length) {
    return new Source(text, Optional.empty(), length, Optional.empty(), Optional.empty());
  }

  static Source literal(Bytes bytes) {
    return new Source(
        "0x" + bytes, Optional.empty(), bytes.length(), Optional.empty(), Optional.of(bytes));
  }

  Source first(int bytes) {
    return new Source(text, type, bytes, mask, literal);
  }

  Source under(Bytes newMask) {
    return new Source(text, type, length, Optional.of(newMask), literal);
  }

  /** A value beside this source. */
  String value(Bytes value) {
    return type.map(known -> ValueText.of(known, value)).orElse("0x" + value);
  }
}
