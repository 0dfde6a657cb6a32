package io.flannelj.lease;

import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import java.util.Optional;

/**
 * What a node tells the others about itself: flannel's LeaseAttrs.
 *
 * @param publicIp tunnel end for IPv4 pods; flannel writes 0.0.0.0 where there is none
 * @param publicIpv6 tunnel end for IPv6 pods
 * @param backendType {@code vxlan}, {@code host-gw}, ...; empty for backends without a type
 * @param backendData the backend's own JSON for IPv4, compact; empty if there is none
 * @param backendV6Data the same for IPv6
 */
public record LeaseAttributes(
    Optional<Ipv4Address> publicIp,
    Optional<Ipv6Address> publicIpv6,
    String backendType,
    String backendData,
    String backendV6Data) {

  /** Of a node that is reached over IPv4. */
  public static LeaseAttributes ofIpv4(
      Ipv4Address publicIp, String backendType, String backendData) {
    return new LeaseAttributes(
        Optional.of(publicIp), Optional.empty(), backendType, backendData, "");
  }
}
