package io.flannelj.config;

import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;

/**
 * The cluster's network, net-conf.json.
 *
 * @param network all pods of the cluster
 * @param subnetLength prefix length of a node's subnet
 * @param subnetMin first subnet that may be leased
 * @param subnetMax last subnet that may be leased
 * @param vxlan the backend's settings
 */
public record NetConf(
    IpPrefix network,
    int subnetLength,
    Ipv4Address subnetMin,
    Ipv4Address subnetMax,
    VxlanSettings vxlan) {

  /** Whether a subnet may be leased under this configuration. */
  public boolean accepts(IpPrefix subnet) {
    return subnet.address() instanceof Ipv4Address address
        && subnet.length() == subnetLength
        && subnet.isMasked()
        && network.contains(subnet)
        && address.compareTo(subnetMin) >= 0
        && address.compareTo(subnetMax) <= 0;
  }

  /** The first subnet that may be leased. */
  public IpPrefix firstSubnet() {
    return new IpPrefix(subnetMin, subnetLength);
  }

  /** The subnet behind another; may lie outside. */
  public IpPrefix subnetAfter(IpPrefix subnet) {
    return new IpPrefix(subnet.address().plus(1L << (32 - subnetLength)), subnetLength);
  }
}
