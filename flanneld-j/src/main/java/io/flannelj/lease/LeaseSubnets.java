package io.flannelj.lease;

import io.flannelj.net.IpPrefix;
import java.util.Optional;

/**
 * The pod subnets of one node, and so the key of its lease: one per family, at least one.
 *
 * @param ipv4 the IPv4 subnet, without host bits
 * @param ipv6 the IPv6 subnet, without host bits
 */
public record LeaseSubnets(Optional<IpPrefix> ipv4, Optional<IpPrefix> ipv6)
    implements Comparable<LeaseSubnets> {

  /** Checks families and host bits. */
  public LeaseSubnets {
    if (ipv4.isEmpty() && ipv6.isEmpty()) {
      throw new IllegalArgumentException("a lease needs a subnet");
    }
    ipv4.ifPresent(prefix -> check(prefix, true));
    ipv6.ifPresent(prefix -> check(prefix, false));
  }

  private static void check(IpPrefix prefix, boolean ipv4) {
    if (prefix.isIpv4() != ipv4) {
      throw new IllegalArgumentException("subnet " + prefix + " is of the other family");
    }
    if (!prefix.isMasked()) {
      throw new IllegalArgumentException("subnet " + prefix + " has host bits");
    }
  }

  /** One IPv4 subnet. */
  public static LeaseSubnets ofIpv4(IpPrefix subnet) {
    return new LeaseSubnets(Optional.of(subnet), Optional.empty());
  }

  /**
   * Reads flannel's key: {@code 10.5.52.0-24}, {@code 10.5.52.0-24&fd00:10:5::-64}.
   *
   * @throws MalformedLeaseException if it is anything else
   */
  public static LeaseSubnets parseKey(String key) throws MalformedLeaseException {
    int and = key.indexOf('&');
    try {
      if (and >= 0) {
        return new LeaseSubnets(
            Optional.of(prefix(key.substring(0, and))),
            Optional.of(prefix(key.substring(and + 1))));
      }
      IpPrefix only = prefix(key);
      return only.isIpv4() ? ofIpv4(only) : new LeaseSubnets(Optional.empty(), Optional.of(only));
    } catch (IllegalArgumentException e) {
      throw new MalformedLeaseException(
          "\"" + key + "\" is no lease key such as 10.5.52.0-24: " + e.getMessage(), e);
    }
  }

  private static IpPrefix prefix(String text) {
    int dash = text.lastIndexOf('-');
    if (dash < 0) {
      throw new IllegalArgumentException("there is no dash before a prefix length");
    }
    return IpPrefix.parse(text.substring(0, dash) + "/" + text.substring(dash + 1));
  }

  /** Flannel's key: {@code 10.5.52.0-24}. */
  public String toKey() {
    String first = ipv4.map(LeaseSubnets::keyOf).orElse("");
    String second = ipv6.map(LeaseSubnets::keyOf).orElse("");
    return first.isEmpty() || second.isEmpty() ? first + second : first + "&" + second;
  }

  private static String keyOf(IpPrefix prefix) {
    return prefix.address() + "-" + prefix.length();
  }

  /** Whether a subnet of the one has an address in common with a subnet of the other. */
  public boolean overlaps(LeaseSubnets other) {
    return overlap(ipv4, other.ipv4) || overlap(ipv6, other.ipv6);
  }

  private static boolean overlap(Optional<IpPrefix> one, Optional<IpPrefix> other) {
    return one.isPresent() && other.isPresent() && one.get().overlaps(other.get());
  }

  /** By address: IPv4 first, then IPv6. */
  @Override
  public int compareTo(LeaseSubnets other) {
    int byIpv4 = compare(ipv4, other.ipv4);
    return byIpv4 != 0 ? byIpv4 : compare(ipv6, other.ipv6);
  }

  private static int compare(Optional<IpPrefix> one, Optional<IpPrefix> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Boolean.compare(one.isPresent(), other.isPresent());
    }
    int byAddress =
        java.util.Arrays.compareUnsigned(
            one.get().address().toBytes(), other.get().address().toBytes());
    return byAddress != 0 ? byAddress : Integer.compare(one.get().length(), other.get().length());
  }

  /** {@code 10.5.52.0/24}, {@code 10.5.52.0/24 and fd00:10:5::/64}. */
  @Override
  public String toString() {
    if (ipv4.isPresent() && ipv6.isPresent()) {
      return ipv4.get() + " and " + ipv6.get();
    }
    return ipv4.or(() -> ipv6).orElseThrow().toString();
  }
}
