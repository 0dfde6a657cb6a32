package io.flannelj.netlink.route.route;

import static io.flannelj.netlink.route.route.RouteConstants.RTAX_ADVMSS;
import static io.flannelj.netlink.route.route.RouteConstants.RTAX_MTU;
import static io.flannelj.netlink.route.route.RouteConstants.RTM_F_CLONED;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_DEAD;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_LINKDOWN;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_OFFLOAD;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_ONLINK;
import static io.flannelj.netlink.route.route.RouteConstants.RTNH_F_TRAP;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Attributes;
import io.flannelj.netlink.route.Rtnetlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A route as the kernel describes it.
 *
 * @param destination everything if the message names none
 * @param hops one or several; none for a blackhole and its like, nor for a next hop object
 * @param metric as in the kernel: what was 0 for IPv6 is 1024 here
 * @param table RT_TABLE_* or another
 * @param protocol RTPROT_*: who installed it
 * @param scope RT_SCOPE_*
 * @param type RTN_*
 * @param flags RTM_F_* and RTNH_F_* of the only next hop
 * @param source preferred source address
 * @param mtu bytes, 0: the interface's
 * @param advertisedMss bytes, 0: from the MTU
 */
public record RouteInfo(
    IpPrefix destination,
    List<Hop> hops,
    long metric,
    long table,
    int protocol,
    int scope,
    int type,
    int flags,
    Optional<IpAddress> source,
    long mtu,
    long advertisedMss) {
  private static final int STATE = RTNH_F_DEAD | RTNH_F_LINKDOWN | RTNH_F_OFFLOAD | RTNH_F_TRAP;

  /** Whether it sets neither MTU nor MSS. */
  public boolean isWithoutMetrics() {
    return mtu == 0 && advertisedMss == 0;
  }

  /**
   * A next hop.
   *
   * @param gateway empty: directly on the device
   * @param outputInterface interface index
   * @param flags RTNH_F_*
   * @param weight 1 and more
   */
  public record Hop(Optional<IpAddress> gateway, int outputInterface, int flags, int weight) {
    /** Whether the gateway is taken for reachable. */
    public boolean isOnlink() {
      return (flags & RTNH_F_ONLINK) != 0;
    }
  }

  /** Copies the list. */
  public RouteInfo {
    hops = List.copyOf(hops);
  }

  /**
   * From RTM_NEWROUTE or RTM_DELROUTE of IPv4 or IPv6.
   *
   * @throws DecodeException if the body is no such message
   */
  public static RouteInfo of(NetlinkMessage message) {
    return of(RouteMessage.decode(message.body()));
  }

  /** From a decoded message. */
  public static RouteInfo of(RouteMessage message) {
    RouteHeader header = message.header();
    List<MetricAttribute> metrics =
        message
            .find(RouteAttribute.Metrics.class)
            .map(RouteAttribute.Metrics::attributes)
            .orElse(List.of());
    return new RouteInfo(
        destination(message),
        hops(message),
        message.find(RouteAttribute.Priority.class).map(RouteAttribute.Priority::metric).orElse(0L),
        message
            .find(RouteAttribute.Table.class)
            .map(RouteAttribute.Table::table)
            .orElse((long) header.table()),
        header.protocol(),
        header.scope(),
        header.type(),
        header.flags(),
        message
            .find(RouteAttribute.PreferredSource.class)
            .map(RouteAttribute.PreferredSource::address),
        metric(metrics, RTAX_MTU),
        metric(metrics, RTAX_ADVMSS));
  }

  private static IpPrefix destination(RouteMessage message) {
    RouteHeader header = message.header();
    IpAddress any =
        switch (header.family()) {
          case Rtnetlink.AF_INET -> Ipv4Address.ANY;
          case Rtnetlink.AF_INET6 -> Ipv6Address.ANY;
          default ->
              throw new DecodeException("rtmsg: family " + header.family() + " has no addresses");
        };
    IpAddress address =
        message
            .find(RouteAttribute.Destination.class)
            .map(RouteAttribute.Destination::address)
            .orElse(any);
    if (header.destinationLength() > address.bitLength()) {
      throw new DecodeException(
          "rtmsg: destination length " + header.destinationLength() + " of " + address);
    }
    return new IpPrefix(address, header.destinationLength());
  }

  private static List<Hop> hops(RouteMessage message) {
    Optional<RouteAttribute.Multipath> several = message.find(RouteAttribute.Multipath.class);
    List<Hop> hops = new ArrayList<>();
    if (several.isPresent()) {
      for (NextHop hop : several.get().nextHops()) {
        hops.add(new Hop(gateway(hop.attributes()), hop.index(), hop.flags(), hop.hops() + 1));
      }
      return hops;
    }
    int out =
        message
            .find(RouteAttribute.OutputInterface.class)
            .map(RouteAttribute.OutputInterface::index)
            .orElse(0);
    Optional<IpAddress> gateway = gateway(message.attributes());
    if (out != 0 || gateway.isPresent()) {
      hops.add(new Hop(gateway, out, message.header().flags() & 0xff, 1));
    }
    return hops;
  }

  private static Optional<IpAddress> gateway(List<RouteAttribute> attributes) {
    Optional<IpAddress> direct =
        Attributes.find(attributes, RouteAttribute.Gateway.class)
            .map(RouteAttribute.Gateway::address);
    return direct.isPresent()
        ? direct
        : Attributes.find(attributes, RouteAttribute.Via.class).flatMap(RouteAttribute.Via::ip);
  }

  private static long metric(List<MetricAttribute> metrics, int type) {
    for (MetricAttribute attribute : metrics) {
      if (attribute instanceof MetricAttribute.Metric metric && metric.type() == type) {
        return metric.value();
      }
    }
    return 0;
  }

  /** Whether it is a cached exception (a learned path MTU) and no entry of a table. */
  public boolean isCloned() {
    return (flags & RTM_F_CLONED) != 0;
  }

  /**
   * The same without flags that come and go with a carrier or an offloading device (the kernel's
   * RTNH_COMPARE_MASK): what to compare.
   */
  public RouteInfo withoutState() {
    return new RouteInfo(
        destination,
        hops.stream()
            .map(
                hop ->
                    new Hop(
                        hop.gateway(), hop.outputInterface(), hop.flags() & ~STATE, hop.weight()))
            .toList(),
        metric,
        table,
        protocol,
        scope,
        type,
        flags & ~STATE,
        source,
        mtu,
        advertisedMss);
  }

  /** The next hop if there is exactly one. */
  public Optional<Hop> onlyHop() {
    return hops.size() == 1 ? Optional.of(hops.get(0)) : Optional.empty();
  }
}
