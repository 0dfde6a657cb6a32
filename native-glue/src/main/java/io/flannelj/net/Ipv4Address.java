package io.flannelj.net;

/**
 * An IPv4 address.
 *
 * @param bits the address as a big-endian 32-bit number; compare with {@link
 *     Integer#compareUnsigned}
 */
public record Ipv4Address(int bits) implements IpAddress, Comparable<Ipv4Address> {
  /** Number of octets. */
  public static final int LENGTH = 4;

  /** 0.0.0.0. */
  public static final Ipv4Address ANY = new Ipv4Address(0);

  /**
   * Reads exactly four decimal octets without leading zeros (which some readers take as octal).
   *
   * @throws IllegalArgumentException naming the text, if it is anything else
   */
  public static Ipv4Address parse(String text) {
    int bits = 0;
    int octets = 0;
    int value = -1;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '.';
      if (c == '.') {
        if (value < 0 || ++octets > LENGTH) {
          throw malformed(text);
        }
        bits = bits << 8 | value;
        value = -1;
      } else if (c >= '0' && c <= '9' && value != 0) {
        value = Math.max(value, 0) * 10 + (c - '0');
        if (value > 255) {
          throw malformed(text);
        }
      } else {
        throw malformed(text);
      }
    }
    if (octets != LENGTH) {
      throw malformed(text);
    }
    return new Ipv4Address(bits);
  }

  /** From four octets in network order. */
  public static Ipv4Address of(byte[] octets) {
    if (octets.length != LENGTH) {
      throw new IllegalArgumentException("an IPv4 address has 4 octets, not " + octets.length);
    }
    int bits = 0;
    for (byte octet : octets) {
      bits = bits << 8 | (octet & 0xff);
    }
    return new Ipv4Address(bits);
  }

  @Override
  public int bitLength() {
    return 32;
  }

  @Override
  public byte[] toBytes() {
    return new byte[] {
      (byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits
    };
  }

  @Override
  public Ipv4Address mask(int length) {
    return new Ipv4Address(length == 0 ? 0 : bits & -1 << (32 - length));
  }

  @Override
  public boolean isUnspecified() {
    return bits == 0;
  }

  @Override
  public boolean isMulticast() {
    return bits >>> 28 == 0xe;
  }

  @Override
  public boolean isLoopback() {
    return bits >>> 24 == 127;
  }

  @Override
  public boolean isLinkLocal() {
    return bits >>> 16 == 0xa9fe;
  }

  @Override
  public Ipv4Address plus(long delta) {
    return new Ipv4Address((int) (bits + delta));
  }

  @Override
  public int compareTo(Ipv4Address other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return (bits >>> 24)
        + "."
        + (bits >>> 16 & 0xff)
        + "."
        + (bits >>> 8 & 0xff)
        + "."
        + (bits & 0xff);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException("malformed IPv4 address \"" + text + "\"");
  }
}
