package io.flannelj.kernel;

import static io.flannelj.netlink.route.route.RouteConstants.RTN_BLACKHOLE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_PROHIBIT;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_THROW;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNREACHABLE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_LOCAL;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_MAIN;

import io.flannelj.desired.DesiredState;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.netlink.route.rule.RuleInfo;
import io.flannelj.netlink.route.rule.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Foreign routes and policy rules that take packets which our routes are for: nothing of ours is
 * missing, and yet pods do not reach each other. They are not ours to remove; each is named with
 * the command that does.
 *
 * <p>A route of the main table shadows ours if it is more specific, or for the same destination and
 * tried first. A policy rule does if it comes before that of the main table, matches pods' packets
 * by their addresses alone, and drops them or looks them up in a table that has a way for them.
 */
public final class Shadows {
  private static final long MAIN_RULE = 32766;

  private final NetlinkTransport kernel;
  private final RouteTable routes;

  /** Beside the routes that a table of ours has dumped last. */
  public Shadows(NetlinkTransport kernel, RouteTable routes) {
    this.kernel = kernel;
    this.routes = routes;
  }

  /** Whether a foreign route's coming or going changes what {@link #of} says. */
  static boolean isShadow(RouteInfo route, DesiredState desired) {
    IpPrefix network = desired.rules().network();
    IpPrefix destination = route.destination();
    if (route.table() != RT_TABLE_MAIN
        || destination.isIpv4() != network.isIpv4()
        || !network.contains(destination)
        || route.protocol() == Ownership.PROTOCOL) {
      return false;
    }
    if (desired.routes().containsKey(destination)) {
      // Ours has metric 0, which IPv6 calls 1024.
      return network.isIpv4() ? route.metric() == 0 : route.metric() <= 1024;
    }
    for (int length = destination.length() - 1; length >= network.length(); length--) {
      if (desired.routes().containsKey(new IpPrefix(destination.address(), length).masked())) {
        return true;
      }
    }
    return false;
  }

  /** What shadows our routes now, a line each. */
  public List<String> of(DesiredState desired) {
    List<String> found = new ArrayList<>();
    for (RouteInfo route : routes.foreign()) {
      // One in place of ours has just been replaced; one beside ours is tried first.
      boolean replaced =
          desired.routes().containsKey(route.destination()) && !routes.had(route.destination());
      if (!replaced && isShadow(route, desired)) {
        String text = text(route);
        found.add("the route \"" + text + "\" takes packets for pods: ip route delete " + text);
      }
    }
    IpPrefix network = desired.rules().network();
    int family = Rtnetlink.family(AddressFamily.of(network));
    for (RuleInfo rule : Rules.show(kernel, family)) {
      if (rule.priority() < MAIN_RULE && isShadow(rule, network, family)) {
        found.add(
            "policy rule "
                + rule.priority()
                + " takes packets for pods before the main table: ip"
                + (network.isIpv4() ? "" : " -6")
                + " rule delete priority "
                + rule.priority());
      }
    }
    return found;
  }

  private boolean isShadow(RuleInfo rule, IpPrefix network, int family) {
    boolean matches =
        rule.destination().overlaps(network)
            && rule.source().overlaps(network)
            && rule.input().isEmpty()
            && rule.output().isEmpty()
            && rule.mark() == 0
            && !rule.inverted()
            && !rule.ofMaster();
    if (!matches) {
      return false;
    }
    return switch (rule.action()) {
      case RuleInfo.FR_ACT_TO_TBL ->
          rule.table() != RT_TABLE_LOCAL
              && rule.table() != RT_TABLE_MAIN
              && hasWay(rule, network, family);
      case RuleInfo.FR_ACT_BLACKHOLE, RuleInfo.FR_ACT_UNREACHABLE, RuleInfo.FR_ACT_PROHIBIT -> true;
      default -> false;
    };
  }

  private boolean hasWay(RuleInfo rule, IpPrefix network, int family) {
    return Routes.show(kernel, RouteFilter.all(family).inTable(rule.table())).stream()
        .anyMatch(
            route ->
                route.type() != RTN_THROW
                    && route.destination().length() > rule.suppressedLength()
                    && route.destination().overlaps(network));
  }

  /** As {@code ip route} prints it and takes it. */
  private String text(RouteInfo route) {
    StringBuilder text = new StringBuilder();
    text.append(
        switch (route.type()) {
          case RTN_BLACKHOLE -> "blackhole ";
          case RTN_UNREACHABLE -> "unreachable ";
          case RTN_PROHIBIT -> "prohibit ";
          case RTN_THROW -> "throw ";
          default -> "";
        });
    text.append(route.destination());
    for (RouteInfo.Hop hop : route.onlyHop().stream().toList()) {
      hop.gateway().ifPresent(gateway -> text.append(" via ").append(gateway));
      Optional<LinkInfo> link = Links.show(kernel, LinkId.of(hop.outputInterface()));
      link.ifPresent(device -> text.append(" dev ").append(device.name()));
    }
    return text.append(route.metric() == 0 ? "" : " metric " + route.metric()).toString();
  }
}
