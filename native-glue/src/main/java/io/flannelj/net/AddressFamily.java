package io.flannelj.net;

/** IPv4 or IPv6. */
public enum AddressFamily {
  IPV4(32, "IPv4"),
  IPV6(128, "IPv6");

  private final int bitLength;
  private final String text;

  AddressFamily(int bitLength, String text) {
    this.bitLength = bitLength;
    this.text = text;
  }

  /** The family of an address. */
  public static AddressFamily of(IpAddress address) {
    return address.isIpv4() ? IPV4 : IPV6;
  }

  /** The family of a prefix. */
  public static AddressFamily of(IpPrefix prefix) {
    return of(prefix.address());
  }

  /** 32 or 128. */
  public int bitLength() {
    return bitLength;
  }

  /** As people write it: {@code IPv4}, {@code IPv6}. */
  @Override
  public String toString() {
    return text;
  }
}
