package io.flannelj.kernel;

import io.flannelj.config.Interfaces;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the interfaces, addresses and routes that the choice of the external interface needs. */
public final class NodeInterfaces {
  private static final int RT_TABLE_MAIN = 254;

  private final NetlinkTransport transport;

  /** Over rtnetlink. */
  public NodeInterfaces(NetlinkTransport transport) {
    this.transport = transport;
  }

  /**
   * All interfaces with their addresses: global before link-local, lasting before others.
   *
   * @param families what is asked for: the kernel is not asked for others
   */
  public Interfaces read(List<AddressFamily> families) {
    List<AddressInfo> addresses = new ArrayList<>();
    for (AddressFamily family : families) {
      // A kernel without IPv6 answers with the addresses of all families that it has.
      transport.dump(Addresses.list(Rtnetlink.family(family), 0)).stream()
          .map(AddressInfo::of)
          .filter(address -> AddressFamily.of(address.prefix()) == family)
          .filter(NodeInterfaces::isUsable)
          .sorted(Comparator.comparing(NodeInterfaces::rank))
          .forEach(addresses::add);
    }
    List<Interfaces.Candidate> candidates = new ArrayList<>();
    for (LinkInfo link : transport.dump(Links.list()).stream().map(LinkInfo::of).toList()) {
      List<IpAddress> own =
          addresses.stream()
              .filter(address -> address.index() == link.index())
              .map(address -> address.prefix().address())
              .toList();
      candidates.add(new Interfaces.Candidate(link.name(), link.index(), link.mtu(), own));
    }
    Map<AddressFamily, String> defaultRoutes = new EnumMap<>(AddressFamily.class);
    for (AddressFamily family : families) {
      defaultRoute(family, candidates).ifPresent(name -> defaultRoutes.put(family, name));
    }
    return new Interfaces(candidates, defaultRoutes);
  }

  /** Whether an interface is there and set up. */
  public boolean isUp(int index) {
    return Links.show(transport, LinkId.of(index)).filter(LinkInfo::isUp).isPresent();
  }

  /** An IPv6 link-local address says nothing to other nodes without their interface. */
  private static boolean isUsable(AddressInfo info) {
    IpAddress address = info.prefix().address();
    return !address.isLoopback()
        && (address.isIpv4() || !address.isLinkLocal())
        && !info.isDuplicate();
  }

  private static int rank(AddressInfo info) {
    IpAddress address = info.prefix().address();
    boolean temporary = !address.isIpv4() && info.isSecondary();
    return (info.isTentative() ? 8 : 0)
        + (temporary ? 4 : 0)
        + (address.isLinkLocal() ? 2 : 0)
        + (info.isPermanent() ? 0 : 1);
  }

  private Optional<String> defaultRoute(
      AddressFamily family, List<Interfaces.Candidate> candidates) {
    return mainRoutes(family).stream()
        .filter(route -> route.destination().length() == 0)
        .min(Comparator.comparing(RouteInfo::metric))
        .flatMap(route -> route.hops().stream().findFirst())
        .flatMap(
            hop ->
                candidates.stream()
                    .filter(candidate -> candidate.index() == hop.outputInterface())
                    .findFirst())
        .map(Interfaces.Candidate::name);
  }

  private List<RouteInfo> mainRoutes(AddressFamily family) {
    RouteFilter filter = RouteFilter.all(Rtnetlink.family(family)).inTable(RT_TABLE_MAIN);
    return transport.dump(Routes.list(filter)).stream()
        .map(RouteInfo::of)
        .filter(route -> AddressFamily.of(route.destination()) == family)
        .filter(route -> route.table() == RT_TABLE_MAIN)
        .toList();
  }

  /** Destinations on the interface's own link. */
  public List<IpPrefix> onLink(AddressFamily family, int index) {
    return mainRoutes(family).stream()
        .filter(route -> route.onlyHop().isPresent())
        .filter(route -> route.onlyHop().get().outputInterface() == index)
        .filter(route -> route.onlyHop().get().gateway().isEmpty())
        .map(RouteInfo::destination)
        .filter(destination -> destination.length() > 0)
        .toList();
  }

  /** The interface by which the kernel reaches an address, with the source it would use first. */
  public Optional<Interfaces.Candidate> canReach(IpAddress address, Interfaces interfaces) {
    try {
      RouteInfo route = RouteInfo.of(transport.query(Routes.get(address)));
      int index = route.onlyHop().map(RouteInfo.Hop::outputInterface).orElse(0);
      return interfaces.all().stream()
          .filter(candidate -> candidate.index() == index)
          .findFirst()
          .map(
              found ->
                  new Interfaces.Candidate(
                      found.name(),
                      found.index(),
                      found.mtu(),
                      sourceFirst(route.source(), found.addresses())));
    } catch (NetlinkException e) {
      return Optional.empty();
    }
  }

  private static List<IpAddress> sourceFirst(Optional<IpAddress> source, List<IpAddress> others) {
    List<IpAddress> all = new ArrayList<>();
    source.ifPresent(all::add);
    all.addAll(others);
    return all;
  }
}
