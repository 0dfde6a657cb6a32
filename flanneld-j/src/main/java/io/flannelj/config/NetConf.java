package io.flannelj.config;

import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.net.AddressFamily;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The cluster's network, net-conf.json. At least one family is there.
 *
 * @param ipv4 where IPv4 subnets come from, empty: IPv4 is not enabled
 * @param ipv6 where IPv6 subnets come from, empty: IPv6 is not enabled
 * @param vxlan the backend's settings
 */
public record NetConf(Optional<SubnetPool> ipv4, Optional<SubnetPool> ipv6, VxlanSettings vxlan) {

  /** The pool of a family, empty if that is not enabled. */
  public Optional<SubnetPool> pool(AddressFamily family) {
    return family == AddressFamily.IPV4 ? ipv4 : ipv6;
  }

  /** The enabled pools, IPv4 first. */
  public List<SubnetPool> pools() {
    return Stream.of(ipv4, ipv6).flatMap(Optional::stream).toList();
  }

  /** The enabled families, IPv4 first. */
  public List<AddressFamily> families() {
    return pools().stream().map(SubnetPool::family).toList();
  }

  /** The same without a family. */
  public NetConf without(AddressFamily family) {
    return family == AddressFamily.IPV4
        ? new NetConf(Optional.empty(), ipv6, vxlan)
        : new NetConf(ipv4, Optional.empty(), vxlan);
  }
}
