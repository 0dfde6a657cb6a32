package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;

/**
 * The VXLAN device.
 *
 * @param name {@code flannel.} and the VNI
 * @param vni VXLAN network identifier, 1 to 16777215
 * @param port UDP destination port
 * @param local source address of the tunnel's packets
 * @param underlay name of the external interface
 * @param underlayIndex its index
 * @param mtu bytes
 * @param mac what other nodes know as VtepMAC
 * @param learning whether it learns MACs from traffic
 */
public record VxlanDevice(
    String name,
    int vni,
    int port,
    IpAddress local,
    String underlay,
    int underlayIndex,
    int mtu,
    MacAddress mac,
    boolean learning) {}
