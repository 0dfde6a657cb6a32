package io.flannelj.kernel;

import io.flannelj.desired.RouteTarget;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.Rtnetlink;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.reconcile.KernelTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Routes to the peers' subnets in the main table.
 *
 * <p>Key: the destination (with metric 0 and TOS 0, which we always use). Ours carry our protocol
 * number; those of Go flannel are of protocol boot, inside Network, and go onlink through the
 * destination's own .0 out of our device. The kernel drops routes when their device goes down or
 * away. A put replaces, so a route changes without a moment in which there is none.
 */
public final class RouteTable implements KernelTable<IpPrefix, RouteTarget> {
  private static final int RT_TABLE_MAIN = 254;

  private final NetlinkTransport transport;
  private final DeviceIndex device;
  private final IntSupplier underlay;
  private final Supplier<IpPrefix> network;
  private List<RouteInfo> foreign = List.of();
  private Set<IpPrefix> present = Set.of();

  /** For the device and the external interface, within a network. */
  public RouteTable(
      NetlinkTransport transport,
      DeviceIndex device,
      IntSupplier underlay,
      Supplier<IpPrefix> network) {
    this.transport = transport;
    this.device = device;
    this.underlay = underlay;
    this.network = network;
  }

  @Override
  public String name() {
    return "route";
  }

  @Override
  public Map<IpPrefix, RouteTarget> dumpOwned() {
    Map<IpPrefix, RouteTarget> owned = new HashMap<>();
    int family = Rtnetlink.family(AddressFamily.of(network.get()));
    RouteFilter filter = RouteFilter.all(family).inTable(RT_TABLE_MAIN);
    List<RouteInfo> others = new ArrayList<>();
    for (NetlinkMessage message : transport.dump(Routes.list(filter))) {
      RouteInfo route = RouteInfo.of(message);
      Optional<RouteTarget> target = target(route);
      target.ifPresent(way -> owned.put(route.destination(), way));
      if (target.isEmpty() && network.get().contains(route.destination())) {
        others.add(route);
      }
    }
    foreign = others;
    present = Set.copyOf(owned.keySet());
    return owned;
  }

  /** Routes within the network that the last dump had and that are not ours. */
  List<RouteInfo> foreign() {
    return foreign;
  }

  /** Whether the last dump had a route of ours to a destination. */
  boolean had(IpPrefix destination) {
    return present.contains(destination);
  }

  private Optional<RouteTarget> target(RouteInfo route) {
    Optional<RouteInfo.Hop> only = route.onlyHop();
    if (route.table() != RT_TABLE_MAIN || only.isEmpty() || only.get().gateway().isEmpty()) {
      return Optional.empty();
    }
    RouteInfo.Hop hop = only.get();
    boolean tunnel = hop.outputInterface() == device.get();
    boolean ours = route.protocol() == Ownership.PROTOCOL;
    boolean goFlannels =
        route.protocol() == Ownership.RTPROT_BOOT
            && tunnel
            && hop.isOnlink()
            && network.get().contains(route.destination())
            && hop.gateway().get().equals(route.destination().address());
    if (!ours && !goFlannels) {
      return Optional.empty();
    }
    // A route in Go flannel's shape works as it is; put again it gets our number.
    if (tunnel && ours && hop.isOnlink() && route.isWithoutMetrics()) {
      return Optional.of(new RouteTarget.Tunnel(hop.gateway().get()));
    }
    return Optional.of(new RouteTarget.Direct(hop.gateway().get()));
  }

  @Override
  public Map<IpPrefix, RuntimeException> apply(
      Map<IpPrefix, RouteTarget> toPut, Map<IpPrefix, RouteTarget> toRemove) {
    Map<IpPrefix, RuntimeException> failures =
        Batches.run(
            transport,
            toPut,
            (subnet, target) -> Routes.replace(spec(subnet, target)),
            toRemove,
            (subnet, target) -> remove(subnet, target));
    return failures.isEmpty() ? failures : putRefused(toPut, failures);
  }

  private Map<IpPrefix, RuntimeException> putRefused(
      Map<IpPrefix, RouteTarget> toPut, Map<IpPrefix, RuntimeException> failures) {
    Map<IpPrefix, RuntimeException> remaining = new HashMap<>(failures);
    failures.forEach(
        (subnet, failure) -> {
          RouteTarget target = toPut.get(subnet);
          if (target instanceof RouteTarget.Tunnel
              && OnlinkRoutes.isRefused(target.gateway(), failure)) {
            remaining.remove(subnet);
            OnlinkRoutes.put(
                    transport, target.gateway(), device.get(), Routes.replace(spec(subnet, target)))
                .ifPresent(again -> remaining.put(subnet, again));
          }
        });
    return remaining;
  }

  private RouteSpec spec(IpPrefix subnet, RouteTarget target) {
    RouteSpec spec =
        target instanceof RouteTarget.Direct
            ? RouteSpec.via(subnet, target.gateway(), underlay.getAsInt())
            : RouteSpec.via(subnet, target.gateway(), device.get()).withOnlink();
    return spec.withProtocol(Ownership.PROTOCOL);
  }

  /** Without interface and protocol: what is removed may be of Go flannel or of another device. */
  private static NetlinkRequest remove(IpPrefix subnet, RouteTarget target) {
    return Routes.delete(RouteSpec.via(subnet, target.gateway(), 0).withProtocol(0));
  }
}
