package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;

import io.flannelj.config.Interfaces;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.Routes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Reads the interfaces, addresses and routes that the choice of the external interface needs. */
public final class NodeInterfaces {
  private static final int RT_TABLE_MAIN = 254;

  private final NetlinkTransport transport;

  /** Over rtnetlink. */
  public NodeInterfaces(NetlinkTransport transport) {
    this.transport = transport;
  }

  /** All interfaces with their IPv4 addresses: global before link-local, lasting before others. */
  public Interfaces read() {
    List<AddressInfo> addresses =
        transport.dump(Addresses.list(AF_INET, 0)).stream().map(AddressInfo::of).toList();
    List<Interfaces.Candidate> candidates = new ArrayList<>();
    for (LinkInfo link : transport.dump(Links.list()).stream().map(LinkInfo::of).toList()) {
      List<IpAddress> own =
          addresses.stream()
              .filter(address -> address.index() == link.index())
              .filter(address -> !address.prefix().address().isLoopback())
              .sorted(Comparator.comparing(NodeInterfaces::rank))
              .map(address -> address.prefix().address())
              .toList();
      candidates.add(new Interfaces.Candidate(link.name(), link.index(), link.mtu(), own));
    }
    return new Interfaces(candidates, defaultRoute(candidates));
  }

  private static int rank(AddressInfo address) {
    return (address.prefix().address().isLinkLocal() ? 2 : 0) + (address.isPermanent() ? 0 : 1);
  }

  private Optional<String> defaultRoute(List<Interfaces.Candidate> candidates) {
    return mainRoutes().stream()
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

  private List<RouteInfo> mainRoutes() {
    return transport.dump(Routes.list(RouteFilter.all(AF_INET).inTable(RT_TABLE_MAIN))).stream()
        .map(RouteInfo::of)
        .filter(route -> route.table() == RT_TABLE_MAIN)
        .toList();
  }

  /** Destinations on the interface's own link. */
  public List<IpPrefix> onLink(int index) {
    return mainRoutes().stream()
        .filter(route -> route.onlyHop().isPresent())
        .filter(route -> route.onlyHop().get().outputInterface() == index)
        .filter(route -> route.onlyHop().get().gateway().isEmpty())
        .map(RouteInfo::destination)
        .filter(destination -> destination.length() > 0)
        .toList();
  }

  /** The interface by which the kernel reaches an address, with the source it would use first. */
  public Optional<Interfaces.Candidate> canReach(IpAddress address) {
    try {
      RouteInfo route = RouteInfo.of(transport.query(Routes.get(address)));
      int index = route.onlyHop().map(RouteInfo.Hop::outputInterface).orElse(0);
      return read().all().stream()
          .filter(candidate -> candidate.index() == index)
          .findFirst()
          .map(
              found ->
                  new Interfaces.Candidate(
                      found.name(),
                      found.index(),
                      found.mtu(),
                      route.source().map(List::of).orElse(found.addresses())));
    } catch (NetlinkException e) {
      return Optional.empty();
    }
  }
}
