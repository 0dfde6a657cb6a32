package io.flannelj.netlink.nftables;

import java.util.ArrayList;
import java.util.List;

/**
 * The type of a set's keys or a map's values: one data type or a concatenation, as nft packs it
 * into a number (six bits per part).
 *
 * @param number nft's number, or 0xffffff00 (NFT_DATA_VERDICT)
 * @param length of a value in bytes, parts of a concatenation padded to 4 each; 0 for verdicts
 */
public record SetType(long number, int length) {
  /** Verdicts, as values of a verdict map. */
  public static final SetType VERDICT = new SetType(0xffffff00L, 0);

  private static final int BITS = 6;
  private static final int MASK = (1 << BITS) - 1;

  /** One type, or the concatenation of several. */
  public static SetType of(DataType... types) {
    long number = 0;
    int length = 0;
    for (DataType type : types) {
      number = number << BITS | type.number();
      length += types.length == 1 ? type.length() : (type.length() + 3) & ~3;
    }
    return new SetType(number, length);
  }

  /** Whether these are verdicts. */
  public boolean isVerdict() {
    return number == VERDICT.number;
  }

  /** Whether this is a concatenation. */
  public boolean isConcatenation() {
    return !isVerdict() && number >>> BITS != 0;
  }

  /** The parts; empty if one has a number that we do not know, and for verdicts. */
  public List<DataType> parts() {
    List<DataType> parts = new ArrayList<>();
    if (isVerdict()) {
      return parts;
    }
    for (long rest = number; rest != 0; rest >>>= BITS) {
      int part = (int) (rest & MASK);
      int before = parts.size();
      for (DataType type : DataType.values()) {
        if (type.number() == part) {
          parts.add(0, type);
        }
      }
      if (parts.size() == before) {
        return List.of();
      }
    }
    return parts;
  }

  /**
   * nft's byte order number for its print hint: 1 host, 2 network, 0 for concatenations and
   * verdicts (nft 1.0.6 aborts while it lists a verdict map with another).
   */
  int byteOrder() {
    List<DataType> parts = parts();
    return parts.size() != 1 ? 0 : parts.get(0).isNetworkOrder() ? 2 : 1;
  }

  /** nft's words: {@code ipv4_addr . inet_service}. */
  @Override
  public String toString() {
    if (isVerdict()) {
      return "verdict";
    }
    List<DataType> parts = parts();
    if (parts.isEmpty()) {
      return "type-" + number;
    }
    return String.join(" . ", parts.stream().map(DataType::toString).toList());
  }
}
