package io.flannelj.cni.pod;

import io.flannelj.net.IpPrefix;
import java.util.List;

/**
 * The bridge that pods are attached to.
 *
 * @param name device name, {@code cni0}
 * @param mtu bytes, 0: the kernel's default; set when we make the bridge only
 * @param promiscuous whether the bridge device itself is promiscuous
 * @param vlanFiltering whether it must filter by VLAN; false: it may
 * @param gateways addresses it must carry, host bits kept; empty: it is no gateway
 * @param forceAddress whether an address that stands in the way is replaced
 */
public record BridgeSettings(
    String name,
    int mtu,
    boolean promiscuous,
    boolean vlanFiltering,
    List<IpPrefix> gateways,
    boolean forceAddress) {}
