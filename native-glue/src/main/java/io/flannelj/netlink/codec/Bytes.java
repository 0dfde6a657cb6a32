package io.flannelj.netlink.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** An immutable byte string with value equality, printed as hex. */
public final class Bytes implements Comparable<Bytes> {
  /** No bytes. */
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] octets;

  private Bytes(byte[] octets) {
    this.octets = octets;
  }

  /** A copy of the array. */
  public static Bytes of(byte[] octets) {
    return new Bytes(octets.clone());
  }

  /** A copy of the buffer's remaining bytes; the buffer's position does not move. */
  public static Bytes of(ByteBuffer buffer) {
    byte[] octets = new byte[buffer.remaining()];
    buffer.duplicate().get(octets);
    return new Bytes(octets);
  }

  /** Reads pairs of hex digits. */
  public static Bytes ofHex(String hex) {
    return new Bytes(HexFormat.of().parseHex(hex));
  }

  /** A fresh copy. */
  public byte[] toArray() {
    return octets.clone();
  }

  /** Number of bytes. */
  public int length() {
    return octets.length;
  }

  /** The byte at an index, 0 to 255. */
  public int at(int index) {
    return octets[index] & 0xff;
  }

  /** As unsigned bytes, the first that differs decides; a prefix comes before what it begins. */
  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(octets, other.octets);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(octets, bytes.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(octets);
  }
}
