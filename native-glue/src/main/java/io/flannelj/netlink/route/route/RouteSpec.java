package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.route.route.RouteConstants.RTN_BLACKHOLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNICAST;
import static io.flannelj.netlink.route.route.RouteConstants.RTPROT_BOOT;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_LINK;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_UNIVERSE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_MAIN;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.Optional;

/**
 * A route with one next hop. Its key in the kernel: destination, table, metric and type of service;
 * {@code replace} acts on the first of these, {@code append} adds another with the same key.
 *
 * @param destination without host bits
 * @param gateway the next hop; of the destination's family, or IPv6 for an IPv4 destination
 * @param outputInterface interface index, 0: that of the route to the gateway
 * @param metric 0: the family's default, which is 1024 for IPv6
 * @param table RT_TABLE_MAIN or another
 * @param protocol RTPROT_*: who installed it
 * @param scope RT_SCOPE_*; the kernel ignores it for IPv6
 * @param type RTN_*
 * @param onlink whether the gateway counts as reachable through the interface although no address
 *     says so
 * @param source source address of packets that name none
 * @param mtu bytes, 0: the interface's
 * @param advertisedMss bytes, 0: from the MTU
 */
public record RouteSpec(
    IpPrefix destination,
    Optional<IpAddress> gateway,
    int outputInterface,
    long metric,
    long table,
    int protocol,
    int scope,
    int type,
    boolean onlink,
    Optional<IpAddress> source,
    int mtu,
    int advertisedMss) {

  /** Checks that the destination has no host bits: the kernel says EINVAL to those. */
  public RouteSpec {
    if (!destination.isMasked()) {
      throw new IllegalArgumentException("route destination " + destination + " has host bits");
    }
  }

  /** Via a gateway, in the main table, of protocol boot, as {@code ip route add} makes it. */
  public static RouteSpec via(IpPrefix destination, IpAddress gateway, int outputInterface) {
    return route(destination, Optional.of(gateway), outputInterface, RT_SCOPE_UNIVERSE);
  }

  /** Directly on a device, in the main table, of protocol boot. */
  public static RouteSpec onDevice(IpPrefix destination, int outputInterface) {
    int scope = destination.isIpv4() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    return route(destination, Optional.empty(), outputInterface, scope);
  }

  /** {@code blackhole}: packets there are dropped without a word; of no device. */
  public static RouteSpec blackhole(IpPrefix destination) {
    return route(destination, Optional.empty(), 0, RT_SCOPE_UNIVERSE).withType(RTN_BLACKHOLE);
  }

  private static RouteSpec route(
      IpPrefix destination, Optional<IpAddress> gateway, int outputInterface, int scope) {
    return new RouteSpec(
        destination,
        gateway,
        outputInterface,
        0,
        RT_TABLE_MAIN,
        RTPROT_BOOT,
        scope,
        RTN_UNICAST,
        false,
        Optional.empty(),
        0,
        0);
  }

  /** The same with the gateway taken for reachable. */
  public RouteSpec withOnlink() {
    return copy(metric, table, protocol, scope, type, true, source, mtu, advertisedMss);
  }

  /** The same with a metric. */
  public RouteSpec withMetric(long value) {
    return copy(value, table, protocol, scope, type, onlink, source, mtu, advertisedMss);
  }

  /** The same in another table. */
  public RouteSpec withTable(long number) {
    return copy(metric, number, protocol, scope, type, onlink, source, mtu, advertisedMss);
  }

  /** The same with another RTPROT_*. */
  public RouteSpec withProtocol(int number) {
    return copy(metric, table, number, scope, type, onlink, source, mtu, advertisedMss);
  }

  /** The same with another RT_SCOPE_*. */
  public RouteSpec withScope(int number) {
    return copy(metric, table, protocol, number, type, onlink, source, mtu, advertisedMss);
  }

  /** The same with another RTN_*. */
  public RouteSpec withType(int number) {
    return copy(metric, table, protocol, scope, number, onlink, source, mtu, advertisedMss);
  }

  /** The same with a source address. */
  public RouteSpec withSource(IpAddress address) {
    return copy(
        metric, table, protocol, scope, type, onlink, Optional.of(address), mtu, advertisedMss);
  }

  /** The same with an MTU in bytes. */
  public RouteSpec withMtu(int bytes) {
    return copy(metric, table, protocol, scope, type, onlink, source, bytes, advertisedMss);
  }

  /** The same with an MSS to advertise, in bytes. */
  public RouteSpec withAdvertisedMss(int bytes) {
    return copy(metric, table, protocol, scope, type, onlink, source, mtu, bytes);
  }

  private RouteSpec copy(
      long metric,
      long table,
      int protocol,
      int scope,
      int type,
      boolean onlink,
      Optional<IpAddress> source,
      int mtu,
      int advertisedMss) {
    return new RouteSpec(
        destination,
        gateway,
        outputInterface,
        metric,
        table,
        protocol,
        scope,
        type,
        onlink,
        source,
        mtu,
        advertisedMss);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(64).append(destination);
    gateway.ifPresent(address -> text.append(" via ").append(address));
    if (outputInterface != 0) {
      text.append(" dev index ").append(outputInterface);
    }
    if (onlink) {
      text.append(" onlink");
    }
    if (table != RT_TABLE_MAIN) {
      text.append(" table ").append(table);
    }
    if (metric != 0) {
      text.append(" metric ").append(metric);
    }
    return text.toString();
  }
}
