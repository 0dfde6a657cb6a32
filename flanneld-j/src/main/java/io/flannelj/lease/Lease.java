package io.flannelj.lease;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's lease, as flannel's stores hold it. In dual stack it is one lease with two halves: the
 * fields here are the IPv4 half, and {@link #ipv6} is the other.
 *
 * @param node who holds it; the store's own name for the node
 * @param subnet the pods' subnet, without host bits
 * @param publicIp where its tunnel packets go
 * @param backendType {@code vxlan}, ...
 * @param vni VXLAN network identifier that it announces, 0: none
 * @param vtepMac MAC of its VXLAN device, empty: none announced
 * @param expiresAt milliseconds since 1970, {@link #RESERVED} or {@link #UNTIL_REMOVED}
 * @param ipv6 the IPv6 half of a dual-stack lease, with the same node, type and expiry; empty in a
 *     lease of one family, whichever that is
 */
public record Lease(
    String node,
    IpPrefix subnet,
    IpAddress publicIp,
    String backendType,
    int vni,
    Optional<MacAddress> vtepMac,
    long expiresAt,
    Optional<Lease> ipv6) {

  /** Expiry of a reservation: it never ends. */
  public static final long RESERVED = Long.MAX_VALUE;

  /** Expiry of a lease whose store tells when it has ended, but not beforehand when it will. */
  public static final long UNTIL_REMOVED = Long.MAX_VALUE - 1;

  /** Of one family. */
  public Lease(
      String node,
      IpPrefix subnet,
      IpAddress publicIp,
      String backendType,
      int vni,
      Optional<MacAddress> vtepMac,
      long expiresAt) {
    this(node, subnet, publicIp, backendType, vni, vtepMac, expiresAt, Optional.empty());
  }

  /** Whether it has run out at a moment, milliseconds since 1970. */
  public boolean isExpired(long now) {
    return expiresAt <= now;
  }

  /** Whether it never ends. */
  public boolean isReservation() {
    return expiresAt == RESERVED;
  }

  /** Whether it is known when it ends. */
  public boolean hasEnd() {
    return expiresAt < UNTIL_REMOVED;
  }

  /** The same with another expiry. */
  public Lease withExpiry(long millis) {
    return new Lease(
        node,
        subnet,
        publicIp,
        backendType,
        vni,
        vtepMac,
        millis,
        ipv6.map(half -> half.withExpiry(millis)));
  }

  /** The same with other public addresses, of the families that are named. */
  public Lease withPublicIps(Map<AddressFamily, IpAddress> addresses) {
    IpAddress other = addresses.get(subnet.isIpv4() ? AddressFamily.IPV4 : AddressFamily.IPV6);
    return new Lease(
        node,
        subnet,
        other == null ? publicIp : other,
        backendType,
        vni,
        vtepMac,
        expiresAt,
        ipv6.map(half -> half.withPublicIps(addresses)));
  }

  /** The same of another node. */
  public Lease withNode(String name) {
    return new Lease(
        name,
        subnet,
        publicIp,
        backendType,
        vni,
        vtepMac,
        expiresAt,
        ipv6.map(half -> half.withNode(name)));
  }

  /** The same with an IPv6 half. */
  public Lease withIpv6(Lease half) {
    return new Lease(
        node, subnet, publicIp, backendType, vni, vtepMac, expiresAt, Optional.of(half));
  }

  /** The half of one family; empty if the node has no subnet of it. */
  public Optional<Lease> half(AddressFamily family) {
    if (subnet.isIpv4() == (family == AddressFamily.IPV4)) {
      return Optional.of(this);
    }
    return ipv6;
  }

  /** Its subnets, IPv4 first. */
  public List<IpPrefix> subnets() {
    return ipv6.isEmpty() ? List.of(subnet) : List.of(subnet, ipv6.get().subnet());
  }

  /** What it is kept under. */
  public SubnetKey key() {
    return new SubnetKey(subnet, ipv6.map(Lease::subnet));
  }
}
