package io.flannelj.net;

/**
 * An IPv6 address, printed as RFC 5952 says (and as Go and {@code ip} print it).
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record Ipv6Address(long high, long low) implements IpAddress, Comparable<Ipv6Address> {
  /** Number of octets. */
  public static final int LENGTH = 16;

  /** {@code ::}. */
  public static final Ipv6Address ANY = new Ipv6Address(0, 0);

  private static final int GROUPS = 8;

  /**
   * Reads RFC 4291 text, including a dotted quad at its end.
   *
   * @throws IllegalArgumentException naming the text, if it is anything else (a zone included)
   */
  public static Ipv6Address parse(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      int[] groups = groups(text, text);
      if (groups.length != GROUPS) {
        throw malformed(text);
      }
      return ofGroups(groups);
    }
    if (text.indexOf("::", gap + 1) >= 0) {
      throw malformed(text);
    }
    int[] left = groups(text.substring(0, gap), text);
    int[] right = groups(text.substring(gap + 2), text);
    if (left.length + right.length >= GROUPS
        || (gap > 0 && text.substring(0, gap).indexOf('.') >= 0)) {
      throw malformed(text);
    }
    int[] all = new int[GROUPS];
    System.arraycopy(left, 0, all, 0, left.length);
    System.arraycopy(right, 0, all, GROUPS - right.length, right.length);
    return ofGroups(all);
  }

  private static int[] groups(String part, String text) {
    if (part.isEmpty()) {
      return new int[0];
    }
    String[] words = part.split(":", -1);
    boolean quad = words[words.length - 1].indexOf('.') >= 0;
    int[] groups = new int[words.length + (quad ? 1 : 0)];
    for (int i = 0; i < words.length; i++) {
      if (quad && i == words.length - 1) {
        int bits = Ipv4Address.parse(words[i]).bits();
        groups[i] = bits >>> 16;
        groups[i + 1] = bits & 0xffff;
      } else {
        groups[i] = group(words[i], text);
      }
    }
    return groups;
  }

  private static int group(String word, String text) {
    if (word.isEmpty() || word.length() > 4) {
      throw malformed(text);
    }
    int value = 0;
    for (int i = 0; i < word.length(); i++) {
      int digit = Character.digit(word.charAt(i), 16);
      if (digit < 0 || word.charAt(i) > 'f') {
        throw malformed(text);
      }
      value = value << 4 | digit;
    }
    return value;
  }

  private static Ipv6Address ofGroups(int[] groups) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < 4; i++) {
      high = high << 16 | groups[i];
      low = low << 16 | groups[i + 4];
    }
    return new Ipv6Address(high, low);
  }

  /** From sixteen octets in network order. */
  public static Ipv6Address of(byte[] octets) {
    if (octets.length != LENGTH) {
      throw new IllegalArgumentException("an IPv6 address has 16 octets, not " + octets.length);
    }
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      high = high << 8 | (octets[i] & 0xff);
      low = low << 8 | (octets[i + 8] & 0xff);
    }
    return new Ipv6Address(high, low);
  }

  @Override
  public int bitLength() {
    return 128;
  }

  @Override
  public byte[] toBytes() {
    byte[] octets = new byte[LENGTH];
    for (int i = 0; i < 8; i++) {
      octets[i] = (byte) (high >>> (56 - 8 * i));
      octets[i + 8] = (byte) (low >>> (56 - 8 * i));
    }
    return octets;
  }

  @Override
  public Ipv6Address mask(int length) {
    if (length <= 64) {
      return new Ipv6Address(length == 0 ? 0 : high & -1L << (64 - length), 0);
    }
    return new Ipv6Address(high, low & -1L << (128 - length));
  }

  @Override
  public boolean isUnspecified() {
    return high == 0 && low == 0;
  }

  @Override
  public boolean isMulticast() {
    return high >>> 56 == 0xff;
  }

  @Override
  public boolean isLoopback() {
    return high == 0 && low == 1;
  }

  @Override
  public boolean isLinkLocal() {
    return high >>> 54 == 0x3fa;
  }

  @Override
  public Ipv6Address plus(long delta) {
    long sum = low + delta;
    long carry = 0;
    if (delta >= 0 && Long.compareUnsigned(sum, low) < 0) {
      carry = 1;
    } else if (delta < 0 && Long.compareUnsigned(sum, low) > 0) {
      carry = -1;
    }
    return new Ipv6Address(high + carry, sum);
  }

  @Override
  public int compareTo(Ipv6Address other) {
    int upper = Long.compareUnsigned(high, other.high);
    return upper != 0 ? upper : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    if (high == 0 && low >>> 32 == 0xffff) {
      return "::ffff:" + new Ipv4Address((int) low);
    }
    int start = -1;
    int length = 1;
    for (int i = 0; i < GROUPS; i++) {
      int run = 0;
      while (i + run < GROUPS && group(i + run) == 0) {
        run++;
      }
      if (run > length) {
        start = i;
        length = run;
      }
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == start) {
        text.append("::");
        i += length - 1;
      } else {
        if (i > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException("malformed IPv6 address \"" + text + "\"");
  }
}
