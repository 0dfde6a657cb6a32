package io.flannelj.cni.ipam;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import java.util.Optional;

/**
 * Consecutive addresses of one network.
 *
 * @param subnet the network, no host bits set
 * @param start first address, inclusive
 * @param end last address, inclusive
 * @param gateway never given to anyone
 */
record AddressRange(IpPrefix subnet, IpAddress start, IpAddress end, IpAddress gateway) {

  /**
   * Reads {@code {subnet, rangeStart?, rangeEnd?, gateway?}}.
   *
   * @throws IllegalArgumentException with the reference plugin's text
   */
  static AddressRange of(JsonObject json) {
    IpPrefix subnet = canonical(IpPrefix.parse(json.textOrEmpty("subnet")));
    int bits = subnet.address().bitLength();
    if (subnet.length() > bits - 2) {
      throw new IllegalArgumentException("Network " + subnet + " too small to allocate from");
    }
    if (!subnet.isMasked()) {
      throw new IllegalArgumentException(
          "Network has host bits set. For a subnet mask of length "
              + subnet.length()
              + " the network address is "
              + subnet.masked().address());
    }
    IpAddress first = subnet.address().plus(1);
    Optional<IpAddress> start = address(json, "rangeStart");
    if (start.isPresent() && !subnet.contains(start.get())) {
      throw new IllegalArgumentException("RangeStart " + start.get() + " not in network " + subnet);
    }
    Optional<IpAddress> end = address(json, "rangeEnd");
    IpAddress begin = start.orElse(first);
    if (end.isPresent() && (!subnet.contains(end.get()) || compare(end.get(), begin) < 0)) {
      throw new IllegalArgumentException("RangeEnd " + end.get() + " not in network " + subnet);
    }
    // All-ones is an address like others in IPv6, the broadcast address in IPv4.
    IpAddress last = subnet.isIpv4() ? subnet.last().plus(-1) : subnet.last();
    if (compare(end.orElse(last), begin) < 0) {
      throw new IllegalArgumentException(
          "RangeStart " + begin + " is behind the last address " + last);
    }
    return new AddressRange(
        subnet, begin, end.orElse(last), address(json, "gateway").orElse(first));
  }

  /** Whether the address is between start and end. */
  boolean contains(IpAddress address) {
    return address.bitLength() == start.bitLength()
        && compare(address, start) >= 0
        && compare(address, end) <= 0;
  }

  /** Whether the two have an address in common. */
  boolean overlaps(AddressRange other) {
    return contains(other.start) || contains(other.end) || other.contains(start);
  }

  @Override
  public String toString() {
    return start + "-" + end;
  }

  /** An IPv4-mapped IPv6 address is the IPv4 address, as in Go. */
  static IpAddress canonical(IpAddress address) {
    if (address instanceof Ipv6Address v6 && v6.high() == 0 && v6.low() >>> 32 == 0xffff) {
      return new Ipv4Address((int) v6.low());
    }
    return address;
  }

  private static IpPrefix canonical(IpPrefix prefix) {
    IpAddress address = canonical(prefix.address());
    return address.bitLength() == prefix.address().bitLength()
        ? prefix
        : new IpPrefix(address, Math.max(0, prefix.length() - 96));
  }

  private static Optional<IpAddress> address(JsonObject json, String key) {
    String text = json.textOrEmpty(key);
    return text.isEmpty() ? Optional.empty() : Optional.of(canonical(IpAddress.parse(text)));
  }

  /** Numeric order within one family. */
  static int compare(IpAddress one, IpAddress other) {
    if (one instanceof Ipv4Address a && other instanceof Ipv4Address b) {
      return a.compareTo(b);
    }
    if (one instanceof Ipv6Address a && other instanceof Ipv6Address b) {
      return a.compareTo(b);
    }
    return Integer.compare(one.bitLength(), other.bitLength());
  }
}
