package io.flannelj.store;

import io.flannelj.config.NetConf;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * What a node wants to lease.
 *
 * @param node its name
 * @param network the cluster's network and the bounds of subnets
 * @param publicIp where its tunnel packets go
 * @param vtepMac MAC of its VXLAN device
 * @param previous the subnet it had last, kept if it is free
 */
public record LeaseRequest(
    String node,
    NetConf network,
    IpAddress publicIp,
    MacAddress vtepMac,
    Optional<IpPrefix> previous) {}
