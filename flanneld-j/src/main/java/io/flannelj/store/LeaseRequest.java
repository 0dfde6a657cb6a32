package io.flannelj.store;

import io.flannelj.config.SubnetPool;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a node wants to lease.
 *
 * @param node its name
 * @param vni VXLAN network identifier that it announces
 * @param halves one or both families, IPv4 first
 */
public record LeaseRequest(String node, int vni, List<Half> halves) {

  /**
   * One family's part.
   *
   * @param pool the cluster's network and the bounds of subnets
   * @param publicIp where its tunnel packets go
   * @param vtepMac MAC of its VXLAN device
   * @param previous the subnet it had last, kept if it is free
   */
  public record Half(
      SubnetPool pool, IpAddress publicIp, MacAddress vtepMac, Optional<IpPrefix> previous) {}
}
