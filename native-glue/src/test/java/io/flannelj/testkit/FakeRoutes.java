package io.flannelj.testkit;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_APPEND;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_BROADCAST;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_LOCAL;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNICAST;
import static io.flannelj.netlink.route.route.RouteConstants.RTPROT_KERNEL;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_HOST;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_LINK;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_NOWHERE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_UNIVERSE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_LOCAL;
import static io.flannelj.netlink.route.route.RouteConstants.RT_TABLE_MAIN;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.route.RouteAttribute;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteMessage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The routes of a fake namespace, each table in the order in which the kernel prefers them. */
final class FakeRoutes {
  private static final long IPV6_DEFAULT_METRIC = 1024;
  private static final long IPV6_KERNEL_METRIC = 256;

  private final List<RouteInfo> routes = new ArrayList<>();
  private final Set<Long> usedTables = new HashSet<>();
  private final FakeKernel kernel;

  FakeRoutes(FakeKernel kernel) {
    this.kernel = kernel;
  }

  List<RouteInfo> all() {
    return List.copyOf(routes);
  }

  void put(RouteMessage message, int flags) {
    RouteInfo asked = normal(RouteInfo.of(message));
    if (!asked.destination().isMasked()) {
      throw new Refusal(Errno.EINVAL, "Invalid prefix for given prefix length");
    }
    RouteInfo route = new FakeNextHop(kernel, routes).resolve(asked);
    List<RouteInfo> rivals =
        routes.stream()
            .filter(other -> sameKey(other, route))
            .filter(other -> other.metric() == route.metric())
            .toList();
    if (rivals.isEmpty()) {
      if ((flags & NLM_F_CREATE) == 0) {
        throw new Refusal(Errno.ENOENT);
      }
      add(route);
    } else if ((flags & NLM_F_EXCL) != 0) {
      throw new Refusal(Errno.EEXIST);
    } else if ((flags & NLM_F_REPLACE) != 0) {
      routes.set(routes.indexOf(rivals.get(0)), route);
      kernel.notify(RTM_NEWROUTE, FakeRouteText.describe(route));
    } else if (rivals.contains(route)) {
      throw new Refusal(Errno.EEXIST);
    } else if (!route.destination().isIpv4()) {
      join(rivals.get(0), route);
    } else if ((flags & NLM_F_APPEND) != 0) {
      routes.add(routes.indexOf(rivals.get(rivals.size() - 1)) + 1, route);
      kernel.notify(RTM_NEWROUTE, FakeRouteText.describe(route));
    } else {
      routes.add(routes.indexOf(rivals.get(0)), route);
      kernel.notify(RTM_NEWROUTE, FakeRouteText.describe(route));
    }
  }

  /** IPv6 makes several next hops of one route out of routes with the same key. */
  private void join(RouteInfo first, RouteInfo route) {
    if (first.hops().containsAll(route.hops())) {
      throw new Refusal(Errno.EEXIST);
    }
    List<RouteInfo.Hop> hops = new ArrayList<>(first.hops());
    hops.addAll(route.hops());
    RouteInfo joined = FakeRouteText.withHops(first, hops, 0);
    routes.set(routes.indexOf(first), joined);
    kernel.notify(RTM_NEWROUTE, FakeRouteText.describe(joined));
  }

  private static boolean sameKey(RouteInfo a, RouteInfo b) {
    return a.destination().equals(b.destination()) && a.table() == b.table();
  }

  /** The kernel's own ways of writing a request: main table for none, IPv6 metric for 0. */
  private static RouteInfo normal(RouteInfo asked) {
    boolean ipv6 = !asked.destination().isIpv4();
    return new RouteInfo(
        asked.destination(),
        asked.hops(),
        ipv6 && asked.metric() == 0 ? IPV6_DEFAULT_METRIC : asked.metric(),
        asked.table() == 0 ? RT_TABLE_MAIN : asked.table(),
        asked.protocol(),
        ipv6 ? RT_SCOPE_UNIVERSE : asked.scope(),
        asked.type(),
        asked.flags(),
        asked.source(),
        asked.mtu(),
        asked.advertisedMss());
  }

  void delete(RouteMessage message) {
    RouteInfo asked = RouteInfo.of(message);
    long table = asked.table() == 0 ? RT_TABLE_MAIN : asked.table();
    RouteInfo gone =
        routes.stream()
            .filter(route -> route.destination().equals(asked.destination()))
            .filter(route -> route.table() == table && answers(route, asked))
            .findFirst()
            .orElseThrow(() -> new Refusal(Errno.ESRCH));
    List<RouteInfo.Hop> left = new ArrayList<>(gone.hops());
    left.removeIf(hop -> asked.hops().isEmpty() || agrees(hop, asked.hops().get(0)));
    if (gone.hops().size() > 1 && !left.isEmpty()) {
      int flags = left.size() == 1 ? left.get(0).flags() : 0;
      routes.set(routes.indexOf(gone), FakeRouteText.withHops(gone, left, flags));
      kernel.notify(RTM_DELROUTE, message);
    } else {
      remove(gone);
    }
  }

  private static boolean answers(RouteInfo route, RouteInfo asked) {
    return (asked.type() == 0 || !route.destination().isIpv4() || asked.type() == route.type())
        && (asked.protocol() == 0 || asked.protocol() == route.protocol())
        && (asked.metric() == 0 || asked.metric() == route.metric())
        && (asked.scope() == RT_SCOPE_NOWHERE
            || !route.destination().isIpv4()
            || asked.scope() == route.scope())
        && (asked.source().isEmpty() || asked.source().equals(route.source()))
        && (asked.hops().isEmpty()
            || route.hops().stream().anyMatch(hop -> agrees(hop, asked.hops().get(0))));
  }

  private static boolean agrees(RouteInfo.Hop hop, RouteInfo.Hop asked) {
    return (asked.outputInterface() == 0 || asked.outputInterface() == hop.outputInterface())
        && (asked.gateway().isEmpty() || asked.gateway().equals(hop.gateway()));
  }

  List<RouteMessage> dump(RouteMessage filter) {
    int family = filter.header().family();
    long table =
        filter
            .find(RouteAttribute.Table.class)
            .map(RouteAttribute.Table::table)
            .orElse((long) filter.header().table());
    int out =
        filter
            .find(RouteAttribute.OutputInterface.class)
            .map(RouteAttribute.OutputInterface::index)
            .orElse(0);
    int protocol = filter.header().protocol();
    if (out != 0) {
      kernel.links().require(out);
    }
    boolean ipv4 = family == Rtnetlink.AF_INET;
    if (table != 0 && !exists(table, ipv4)) {
      throw new Refusal(Errno.ENOENT, (ipv4 ? "ipv4" : "ipv6") + ": FIB table does not exist");
    }
    return routes.stream()
        .filter(route -> route.destination().isIpv4() == ipv4)
        .filter(route -> table == 0 || route.table() == table)
        .filter(route -> out == 0 || uses(route, out))
        .filter(route -> protocol == 0 || route.protocol() == protocol)
        .map(FakeRouteText::describe)
        .toList();
  }

  /** IPv4 makes even its main table only when it is first used. */
  private boolean exists(long table, boolean ipv4) {
    return usedTables.contains(ipv4 ? table : -table)
        || (!ipv4 && (table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL));
  }

  private static boolean uses(RouteInfo route, int index) {
    return route.hops().stream().anyMatch(hop -> hop.outputInterface() == index);
  }

  RouteMessage get(RouteMessage message) {
    IpAddress to = RouteInfo.of(message).destination().address();
    RouteInfo route =
        new FakeNextHop(kernel, routes)
            .lookup(to)
            .orElseThrow(() -> new Refusal(Errno.ENETUNREACH));
    RouteInfo.Hop hop = route.hops().get(0);
    Optional<IpAddress> source = route.source();
    if (source.isEmpty()) {
      source = kernel.addresses().sourceOn(hop.outputInterface(), to.isIpv4());
    }
    return FakeRouteText.describe(
        new RouteInfo(
            to.toHostPrefix(),
            List.of(new RouteInfo.Hop(hop.gateway(), hop.outputInterface(), 0, 1)),
            to.isIpv4() ? 0 : route.metric(),
            route.table(),
            to.isIpv4() ? 0 : route.protocol(),
            RT_SCOPE_UNIVERSE,
            route.type(),
            0,
            source,
            0,
            0));
  }

  private void add(RouteInfo route) {
    usedTables.add(route.destination().isIpv4() ? route.table() : -route.table());
    routes.add(route);
    kernel.notify(RTM_NEWROUTE, FakeRouteText.describe(route));
  }

  private void remove(RouteInfo route) {
    routes.remove(route);
    kernel.notify(RTM_DELROUTE, FakeRouteText.describe(route));
  }

  void addLocal(AddressInfo address, IpAddress source) {
    IpPrefix host = address.prefix().address().toHostPrefix();
    addOwn(address.index(), source, host, RT_TABLE_LOCAL, RTN_LOCAL, RT_SCOPE_HOST);
  }

  void addBroadcast(AddressInfo address, IpAddress to) {
    addOwn(
        address.index(),
        address.prefix().address(),
        to.toHostPrefix(),
        RT_TABLE_LOCAL,
        RTN_BROADCAST,
        RT_SCOPE_LINK);
  }

  void addConnected(AddressInfo address) {
    IpPrefix own = address.prefix();
    addOwn(address.index(), own.address(), own.masked(), RT_TABLE_MAIN, RTN_UNICAST, RT_SCOPE_LINK);
  }

  private void addOwn(int index, IpAddress source, IpPrefix to, long table, int type, int scope) {
    boolean ipv4 = to.isIpv4();
    long metric = ipv4 || type == RTN_LOCAL ? 0 : IPV6_KERNEL_METRIC;
    RouteInfo route =
        new RouteInfo(
            to,
            List.of(new RouteInfo.Hop(Optional.empty(), index, 0, 1)),
            metric,
            table,
            RTPROT_KERNEL,
            ipv4 ? scope : RT_SCOPE_UNIVERSE,
            type,
            0,
            ipv4 ? Optional.of(source) : Optional.empty(),
            0,
            0);
    if (!routes.contains(route)) {
      add(route);
    }
  }

  /** Routes that came with the address go with it, and those that name it as their source. */
  void addressGone(AddressInfo address) {
    IpAddress own = address.prefix().address();
    for (RouteInfo route : all()) {
      boolean names = route.source().equals(Optional.of(own));
      boolean ipv6Own =
          !own.isIpv4()
              && route.protocol() == RTPROT_KERNEL
              && uses(route, address.index())
              && (route.destination().equals(own.toHostPrefix())
                  || route.destination().equals(address.prefix().masked()));
      boolean local = route.type() == RTN_LOCAL && route.destination().equals(own.toHostPrefix());
      if (names || local || ipv6Own) {
        remove(route);
      }
    }
  }

  /** Going down takes all routes out of the device but IPv4's local ones. */
  void linkDown(FakeLink link) {
    for (RouteInfo route : all()) {
      boolean stays = route.destination().isIpv4() && route.type() == RTN_LOCAL;
      if (uses(route, link.index) && !stays) {
        remove(route);
      }
    }
  }

  void linkGone(FakeLink link) {
    for (RouteInfo route : all()) {
      if (uses(route, link.index)) {
        remove(route);
      }
    }
  }
}
