package io.flannelj.netlink.route.link;

import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * A bridge to make. An MTU is not among its properties: the kernel takes one at creation, but the
 * first port then overrides it, so it is set in a request of its own.
 *
 * @param name device name
 * @param mac its address for good; without one the bridge takes its lowest port's and changes it
 *     with its ports
 * @param vlanFiltering whether frames are filtered by VLAN
 * @param up whether to set it up at once
 */
public record BridgeSpec(
    String name, Optional<MacAddress> mac, boolean vlanFiltering, boolean up) {}
