package io.flannelj.netlink.route.link;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import java.util.Optional;

/**
 * A VXLAN device to make, as flannel makes it: no misses announced, no proxy, system TTL, no
 * transmit queue.
 *
 * @param name device name
 * @param mac its address; udev leaves an address alone that was given at creation
 * @param mtu bytes of the inner IP packet
 * @param vni network identifier, 24 bits
 * @param underlay index of the device that outer packets use, 0: by route
 * @param local source address of outer packets, empty: by route
 * @param port UDP destination port, 0: the kernel's default of 8472
 * @param learning whether the device learns MACs from arriving frames
 * @param groupPolicy whether the group policy extension is on
 */
public record VxlanSpec(
    String name,
    MacAddress mac,
    int mtu,
    int vni,
    int underlay,
    Optional<IpAddress> local,
    int port,
    boolean learning,
    boolean groupPolicy) {

  /** Checks the ranges of VNI and port. */
  public VxlanSpec {
    if (vni < 0 || vni >= 1 << 24) {
      throw new IllegalArgumentException(
          "VNI " + vni + " of " + name + " is not within 0..16777215");
    }
    if (port < 0 || port > 0xffff) {
      throw new IllegalArgumentException(
          "port " + port + " of " + name + " is not within 0..65535");
    }
  }
}
