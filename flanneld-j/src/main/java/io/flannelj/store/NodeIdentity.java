package io.flannelj.store;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * By what a store knows a node: some by its name, etcd by its public addresses alone.
 *
 * @param name the node's name
 * @param publicIps its public addresses, IPv4 first
 */
public record NodeIdentity(String name, List<IpAddress> publicIps) {
  /** Copies the list. */
  public NodeIdentity {
    publicIps = List.copyOf(publicIps);
  }

  /** Who holds a lease. */
  public static NodeIdentity of(Lease lease) {
    List<IpAddress> addresses = new ArrayList<>();
    addresses.add(lease.publicIp());
    lease.ipv6().ifPresent(half -> addresses.add(half.publicIp()));
    return new NodeIdentity(lease.node(), addresses);
  }
}
