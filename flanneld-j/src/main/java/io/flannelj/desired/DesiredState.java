package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.Map;

/**
 * Everything that must exist, each part keyed as the kernel keys it.
 *
 * @param sysctls key with slashes, value
 * @param device the VXLAN device
 * @param address its own address, a host prefix
 * @param neighbours peer's device address to its MAC
 * @param forwarding peer's MAC to its public address: the FDB
 * @param routes peer's subnet to where it is reached
 * @param rules nftables
 */
public record DesiredState(
    Map<String, String> sysctls,
    VxlanDevice device,
    IpPrefix address,
    Map<IpAddress, MacAddress> neighbours,
    Map<MacAddress, IpAddress> forwarding,
    Map<IpPrefix, RouteTarget> routes,
    TrafficRules rules) {}
