package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;

/**
 * Orders keys for people: addresses by number and not by their text, everything else by text.
 *
 * @param family 4 or 6 for what is ordered by address, else 0
 * @param address the address, an IPv4 one in the low bits
 * @param text the key's text
 */
record SortKey(int family, Ipv6Address address, String text) implements Comparable<SortKey> {

  static SortKey of(Object key) {
    if (key instanceof RouteKey route) {
      return of(route.destination(), route.toString());
    }
    if (key instanceof AddressKey address) {
      return of(address.prefix(), address.toString());
    }
    if (key instanceof NeighbourKey neighbour) {
      return of(neighbour.address().toHostPrefix(), neighbour.toString());
    }
    return new SortKey(0, Ipv6Address.ANY, key.toString());
  }

  private static SortKey of(IpPrefix prefix, String text) {
    IpAddress address = prefix.address();
    if (address instanceof Ipv4Address ipv4) {
      return new SortKey(4, new Ipv6Address(0, Integer.toUnsignedLong(ipv4.bits())), text);
    }
    return new SortKey(6, (Ipv6Address) address, text);
  }

  @Override
  public int compareTo(SortKey other) {
    if (family != other.family) {
      return Integer.compare(family, other.family);
    }
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : text.compareTo(other.text);
  }
}
