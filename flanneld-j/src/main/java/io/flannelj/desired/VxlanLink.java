package io.flannelj.desired;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;

/**
 * A VXLAN device as flannel makes it: one remote end per MAC, no multicast group, no miss
 * notifications, system TTL, no transmit queue.
 *
 * @param vni network identifier, 0 to 16777215
 * @param underlay device that outer packets leave by
 * @param local source address of outer packets
 * @param port UDP destination port
 * @param mtu bytes of the inner IP packet
 * @param mac its address, given at creation: udev leaves such a one alone
 * @param learning whether it learns MACs from arriving frames
 * @param groupPolicy whether the group policy extension (GBP) is on
 */
public record VxlanLink(
    int vni,
    LinkName underlay,
    IpAddress local,
    int port,
    int mtu,
    MacAddress mac,
    boolean learning,
    boolean groupPolicy)
    implements LinkSpec {

  /** Checks ranges that the kernel would refuse with a bare EINVAL or ERANGE. */
  public VxlanLink {
    if (vni < 0 || vni >= 1 << 24) {
      throw new IllegalArgumentException("VNI " + vni + " is not within 0..16777215");
    }
    if (port < 1 || port > 0xffff) {
      throw new IllegalArgumentException("UDP port " + port + " is not within 1..65535");
    }
    if (!mac.isUnicast()) {
      throw new IllegalArgumentException("MAC " + mac + " is no address of one device");
    }
  }

  @Override
  public String kind() {
    return "vxlan";
  }

  /**
   * Why the kernel cannot turn that device into this one in place; empty if it can. VNI, port and
   * the group policy are fixed at creation (vxlan_changelink); underlay, local address, learning,
   * MTU and MAC are not, and changing those keeps the routes.
   *
   * @param present what is there
   */
  public String reasonToRemake(VxlanLink present) {
    if (present.vni != vni) {
      return "its VNI is " + present.vni + ", not " + vni;
    }
    if (present.port != port) {
      return "its UDP port is " + present.port + ", not " + port;
    }
    if (present.groupPolicy != groupPolicy) {
      return "its group policy is " + (present.groupPolicy ? "on" : "off");
    }
    return "";
  }
}
