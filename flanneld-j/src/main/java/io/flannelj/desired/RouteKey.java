package io.flannelj.desired;

import io.flannelj.net.IpPrefix;

/**
 * The kernel's key of a route in the main table with TOS 0.
 *
 * @param destination without host bits
 * @param metric RTA_PRIORITY as the kernel keeps it: IPv6 turns 0 into 1024
 */
public record RouteKey(IpPrefix destination, long metric) {
  private static final long IPV6_DEFAULT = 1024;

  /** Drops host bits, and gives an IPv6 route without metric the one that the kernel gives it. */
  public RouteKey {
    destination = destination.masked();
    metric = metric == 0 && !destination.isIpv4() ? IPV6_DEFAULT : metric;
  }

  /** With the family's default metric. */
  public static RouteKey to(IpPrefix destination) {
    return new RouteKey(destination, 0);
  }

  @Override
  public String toString() {
    boolean standard = metric == (destination.isIpv4() ? 0 : IPV6_DEFAULT);
    return standard ? destination.toString() : destination + " metric " + metric;
  }
}
