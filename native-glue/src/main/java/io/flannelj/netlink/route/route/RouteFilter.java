package io.flannelj.netlink.route.route;

/**
 * Which routes a dump shall hold. A kernel with strict checking applies it; the reader checks again
 * where it matters.
 *
 * @param family AF_INET or AF_INET6
 * @param table 0: all; the kernel says ENOENT to an IPv4 table that was never used
 * @param outputInterface interface index, 0: all; ENODEV if there is no such interface
 * @param protocol RTPROT_*, 0: all
 */
public record RouteFilter(int family, long table, int outputInterface, int protocol) {

  /** All routes of a family, in all tables. */
  public static RouteFilter all(int family) {
    return new RouteFilter(family, 0, 0, 0);
  }

  /** Whether a route is one of those asked for. */
  public boolean passes(RouteInfo route) {
    return (table == 0 || route.table() == table)
        && (protocol == 0 || route.protocol() == protocol)
        && (outputInterface == 0
            || route.hops().stream().anyMatch(hop -> hop.outputInterface() == outputInterface));
  }

  /** Those of a table. */
  public RouteFilter inTable(long number) {
    return new RouteFilter(family, number, outputInterface, protocol);
  }

  /** Those out of an interface. */
  public RouteFilter out(int index) {
    return new RouteFilter(family, table, index, protocol);
  }

  /** Those that one program installed. */
  public RouteFilter by(int number) {
    return new RouteFilter(family, table, outputInterface, number);
  }
}
