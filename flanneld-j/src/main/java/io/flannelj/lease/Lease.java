package io.flannelj.lease;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * A node's lease, as flannel's stores hold it.
 *
 * @param node who holds it; the store's own name for the node
 * @param subnet the pods' subnet, without host bits
 * @param publicIp where its tunnel packets go
 * @param backendType {@code vxlan}, ...
 * @param vni VXLAN network identifier that it announces, 0: none
 * @param vtepMac MAC of its VXLAN device, empty: none announced
 * @param expiresAt milliseconds since 1970, {@link Long#MAX_VALUE} for a reservation
 */
public record Lease(
    String node,
    IpPrefix subnet,
    IpAddress publicIp,
    String backendType,
    int vni,
    Optional<MacAddress> vtepMac,
    long expiresAt) {

  /** Whether it has run out at a moment, milliseconds since 1970. */
  public boolean isExpired(long now) {
    return expiresAt <= now;
  }

  /** The same with another expiry. */
  public Lease withExpiry(long millis) {
    return new Lease(node, subnet, publicIp, backendType, vni, vtepMac, millis);
  }
}
