package io.flannelj.net;

/**
 * An address with a prefix length, {@code 10.244.1.0/24}. Host bits are kept: an interface address
 * is a prefix too. {@link #masked()} drops them.
 *
 * @param address the address
 * @param length prefix length in bits, 0 to 32 or 128
 */
public record IpPrefix(IpAddress address, int length) {

  /** Checks the range of the length. */
  public IpPrefix {
    if (length < 0 || length > address.bitLength()) {
      throw new IllegalArgumentException(
          "prefix length "
              + length
              + " of "
              + address
              + " is not within 0.."
              + address.bitLength());
    }
  }

  /**
   * Reads {@code address/length}.
   *
   * @throws IllegalArgumentException naming the text, if it is anything else
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || slash == text.length() - 1 || text.length() - slash > 4) {
      throw new IllegalArgumentException(
          "malformed prefix \"" + text + "\"; expected address/length, such as 10.244.0.0/16");
    }
    int length = 0;
    for (int i = slash + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        throw new IllegalArgumentException("malformed prefix length in \"" + text + "\"");
      }
      length = length * 10 + (c - '0');
    }
    return new IpPrefix(IpAddress.parse(text.substring(0, slash)), length);
  }

  /** The same prefix without host bits. */
  public IpPrefix masked() {
    return new IpPrefix(address.mask(length), length);
  }

  /** Whether no host bit is set. */
  public boolean isMasked() {
    return address.mask(length).equals(address);
  }

  /** Whether the address is of the same family and within this prefix. */
  public boolean contains(IpAddress other) {
    return other.bitLength() == address.bitLength()
        && other.mask(length).equals(address.mask(length));
  }

  /** Whether every address of the other prefix is within this one. */
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Whether the two have an address in common. */
  public boolean overlaps(IpPrefix other) {
    return contains(other) || other.contains(this);
  }

  /** Whether this is IPv4. */
  public boolean isIpv4() {
    return address.isIpv4();
  }

  /** The last address: IPv4's broadcast address. */
  public IpAddress last() {
    byte[] octets = address.toBytes();
    for (int bit = length; bit < address.bitLength(); bit++) {
      octets[bit / 8] |= (byte) (0x80 >>> (bit % 8));
    }
    return IpAddress.of(octets);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
