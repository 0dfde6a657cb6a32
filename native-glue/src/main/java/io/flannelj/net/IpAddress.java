package io.flannelj.net;

/** An IPv4 or IPv6 address. An IPv4-mapped IPv6 address stays IPv6. */
public sealed interface IpAddress permits Ipv4Address, Ipv6Address {

  /**
   * Reads a dotted quad or RFC 4291 text; never resolves names, never accepts a zone.
   *
   * @throws IllegalArgumentException naming the text, if it is neither
   */
  static IpAddress parse(String text) {
    return text.indexOf(':') >= 0 ? Ipv6Address.parse(text) : Ipv4Address.parse(text);
  }

  /** From 4 or 16 octets in network order. */
  static IpAddress of(byte[] octets) {
    return octets.length == Ipv4Address.LENGTH ? Ipv4Address.of(octets) : Ipv6Address.of(octets);
  }

  /** 32 or 128. */
  int bitLength();

  /** A fresh copy of the octets in network order. */
  byte[] toBytes();

  /** The address whose bits after the first {@code length} are zero. */
  IpAddress mask(int length);

  /** Whether this is the all-zeros address. */
  boolean isUnspecified();

  /** Whether this is a multicast address (224.0.0.0/4, ff00::/8). */
  boolean isMulticast();

  /** Whether this is a loopback address (127.0.0.0/8, ::1). */
  boolean isLoopback();

  /** Whether this is a link-local unicast address (169.254.0.0/16, fe80::/10). */
  boolean isLinkLocal();

  /** The address {@code delta} further on; wraps around at the end of the family. */
  IpAddress plus(long delta);

  /** Whether this is an {@link Ipv4Address}. */
  default boolean isIpv4() {
    return this instanceof Ipv4Address;
  }

  /** The prefix that holds only this address. */
  default IpPrefix toHostPrefix() {
    return new IpPrefix(this, bitLength());
  }
}
