package io.flannelj.net;

import java.util.HexFormat;

/**
 * An EUI-48 address, printed as six lower-case hex pairs joined by colons.
 *
 * @param bits the address in the low 48 bits, first octet most significant
 */
public record MacAddress(long bits) {
  /** Number of octets. */
  public static final int LENGTH = 6;

  /** All zeros: what the kernel reports for devices without an address. */
  public static final MacAddress ZERO = new MacAddress(0);

  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  /** Checks that only the low 48 bits are used. */
  public MacAddress {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException("MAC address has more than 48 bits: " + bits);
    }
  }

  /**
   * Reads the colon form, upper or lower case.
   *
   * @throws IllegalArgumentException naming the text, if it is anything else
   */
  public static MacAddress parse(String text) {
    if (text.length() != 17) {
      throw malformed(text);
    }
    try {
      return of(COLONS.parseHex(text));
    } catch (IllegalArgumentException e) {
      throw malformed(text);
    }
  }

  /** From six octets in wire order. */
  public static MacAddress of(byte[] octets) {
    if (octets.length != LENGTH) {
      throw new IllegalArgumentException("a MAC address has 6 octets, not " + octets.length);
    }
    long bits = 0;
    for (byte octet : octets) {
      bits = bits << 8 | (octet & 0xff);
    }
    return new MacAddress(bits);
  }

  /** A fresh copy of the six octets in wire order. */
  public byte[] toBytes() {
    byte[] octets = new byte[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      octets[i] = (byte) (bits >>> (40 - 8 * i));
    }
    return octets;
  }

  /** Whether the group bit (IEEE 802, first octet bit 0) is set. */
  public boolean isMulticast() {
    return (bits >>> 40 & 1) != 0;
  }

  /** Whether this can be the address of one interface: neither zero nor a group address. */
  public boolean isUnicast() {
    return bits != 0 && !isMulticast();
  }

  @Override
  public String toString() {
    return COLONS.formatHex(toBytes());
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "malformed MAC address \"" + text + "\"; expected the form 0a:58:0a:f4:01:02");
  }
}
