package io.flannelj.kernel;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Map;
import java.util.Set;

/**
 * The bridge that pods are attached to.
 *
 * @param mac pods keep it in their ARP tables, so it must never change
 * @param mtu bytes
 * @param up whether it is set up
 * @param addresses those inside this node's subnets, host bits kept: the pods' gateways
 * @param sysctls keys with slashes, values
 */
public record PodBridgeFacts(
    MacAddress mac, int mtu, boolean up, Set<IpPrefix> addresses, Map<String, String> sysctls) {
  /** Copies the collections. */
  public PodBridgeFacts {
    addresses = Set.copyOf(addresses);
    sysctls = Map.copyOf(sysctls);
  }
}
