package io.flannelj.kernel;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.route.RouteConstants;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.reconcile.KernelTable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The blackhole route of the node's own subnet (--ip-blackhole-route). Where each pod has a route
 * of its own, as with Canal, packets to an address that no pod has would leave by the default
 * route, come back through the tunnel, and leave again.
 *
 * <p>Key: the subnet. Ours carry our protocol number. Their metric keeps them behind the route that
 * the kernel makes for a bridge with the same subnet, which would else be in the way or out of use.
 */
public final class BlackholeTable implements KernelTable<IpPrefix, Boolean> {
  private static final int METRIC = 1024;

  private final NetlinkTransport transport;
  private final Supplier<IpPrefix> network;

  /** Within a network. */
  public BlackholeTable(NetlinkTransport transport, Supplier<IpPrefix> network) {
    this.transport = transport;
    this.network = network;
  }

  @Override
  public String name() {
    return "blackhole";
  }

  @Override
  public Map<IpPrefix, Boolean> dumpOwned() {
    Map<IpPrefix, Boolean> owned = new HashMap<>();
    int family = Rtnetlink.family(AddressFamily.of(network.get()));
    RouteFilter filter =
        RouteFilter.all(family).inTable(RouteConstants.RT_TABLE_MAIN).by(Ownership.PROTOCOL);
    transport.dump(Routes.list(filter)).stream()
        .map(RouteInfo::of)
        .filter(route -> route.type() == RouteConstants.RTN_BLACKHOLE)
        .filter(route -> route.protocol() == Ownership.PROTOCOL)
        .forEach(route -> owned.put(route.destination(), true));
    return owned;
  }

  @Override
  public Map<IpPrefix, RuntimeException> apply(
      Map<IpPrefix, Boolean> toPut, Map<IpPrefix, Boolean> toRemove) {
    return Batches.run(
        transport,
        toPut,
        (subnet, present) -> Routes.replace(spec(subnet)),
        toRemove,
        (subnet, present) -> Routes.delete(spec(subnet)));
  }

  private static RouteSpec spec(IpPrefix subnet) {
    return RouteSpec.blackhole(subnet).withMetric(METRIC).withProtocol(Ownership.PROTOCOL);
  }
}
