package io.flannelj.kernel;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Set;

/**
 * The bridge that pods are attached to.
 *
 * @param mac pods keep it in their ARP tables, so it must never change
 * @param mtu bytes
 * @param up whether it is set up
 * @param addresses those inside this node's subnets, host bits kept: the pods' gateways
 */
public record PodBridgeFacts(MacAddress mac, int mtu, boolean up, Set<IpPrefix> addresses) {
  /** Copies the set. */
  public PodBridgeFacts {
    addresses = Set.copyOf(addresses);
  }
}
