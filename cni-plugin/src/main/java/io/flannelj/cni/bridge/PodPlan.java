package io.flannelj.cni.bridge;

import io.flannelj.cni.CniResult;
import io.flannelj.cni.pod.PodMac;
import io.flannelj.cni.pod.PortSettings;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import io.flannelj.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From what IPAM gave to what the pod gets: gateways, default routes, MAC. Pure.
 *
 * @param result addresses on interface 2 with their gateways, and all routes
 * @param settings of the pod's port
 */
record PodPlan(CniResult result, PortSettings settings) {
  private static final int POD_INTERFACE = 2;

  static PodPlan of(BridgeConf conf, CniResult addresses) {
    List<CniResult.Ip> ips = new ArrayList<>();
    for (CniResult.Ip ip : addresses.withIpsOn(POD_INTERFACE).ips()) {
      Optional<IpAddress> gateway = ip.gateway();
      if (gateway.isEmpty() && conf.gateway()) {
        gateway = Optional.of(ip.address().masked().address().plus(1));
      }
      ips.add(new CniResult.Ip(ip.interfaceIndex(), ip.address(), gateway));
    }
    List<CniResult.Route> routes = new ArrayList<>(addresses.routes());
    if (conf.defaultGateway()) {
      addDefault(routes, ips, true);
      addDefault(routes, ips, false);
    }
    CniResult result = new CniResult(List.of(), ips, routes, addresses.dns());
    return new PodPlan(result, settings(conf, result));
  }

  /** Unless IPAM gave a default route with a gateway of its own. */
  private static void addDefault(
      List<CniResult.Route> routes, List<CniResult.Ip> ips, boolean ipv4) {
    IpPrefix everything = new IpPrefix(ipv4 ? Ipv4Address.ANY : Ipv6Address.ANY, 0);
    for (CniResult.Route route : routes) {
      if (route.dst().equals(everything) && route.gw().isPresent()) {
        return;
      }
    }
    for (CniResult.Ip ip : ips) {
      if (ip.address().isIpv4() == ipv4 && ip.gateway().isPresent()) {
        routes.add(CniResult.Route.of(everything, ip.gateway()));
        return;
      }
    }
  }

  private static PortSettings settings(BridgeConf conf, CniResult result) {
    List<IpPrefix> addresses = new ArrayList<>();
    for (CniResult.Ip ip : result.ips()) {
      addresses.add(ip.address());
    }
    List<PortSettings.PodRoute> routes = new ArrayList<>();
    for (CniResult.Route route : result.routes()) {
      Optional<IpAddress> gateway =
          route.gw().isPresent() ? route.gw() : gatewayFor(route, result.ips());
      routes.add(
          new PortSettings.PodRoute(
              route.dst().masked(),
              gateway,
              route.mtu(),
              route.advmss(),
              route.priority(),
              route.table().orElse(0),
              route.scope().orElse(-1)));
    }
    return new PortSettings(
        conf.mtu(),
        mac(conf, addresses),
        conf.hairpin(),
        conf.isolated(),
        addresses,
        routes,
        conf.containerInterface(),
        conf.detectDuplicates(),
        conf.vlans().port());
  }

  private static Optional<IpAddress> gatewayFor(CniResult.Route route, List<CniResult.Ip> ips) {
    for (CniResult.Ip ip : ips) {
      if (ip.address().isIpv4() == route.dst().isIpv4() && ip.gateway().isPresent()) {
        return ip.gateway();
      }
    }
    return Optional.empty();
  }

  /** IPv4 first: its address goes into the MAC whole. */
  private static Optional<MacAddress> mac(BridgeConf conf, List<IpPrefix> addresses) {
    if (conf.mac().isPresent() || addresses.isEmpty()) {
      return conf.mac();
    }
    for (IpPrefix address : addresses) {
      if (address.isIpv4()) {
        return Optional.of(PodMac.of(address.address()));
      }
    }
    return Optional.of(PodMac.of(addresses.get(0).address()));
  }

  /** The addresses that the bridge must carry. */
  List<IpPrefix> gatewayPrefixes() {
    List<IpPrefix> prefixes = new ArrayList<>();
    for (CniResult.Ip ip : result.ips()) {
      if (ip.gateway().isPresent()) {
        prefixes.add(new IpPrefix(ip.gateway().get(), ip.address().length()));
      }
    }
    return prefixes;
  }
}
