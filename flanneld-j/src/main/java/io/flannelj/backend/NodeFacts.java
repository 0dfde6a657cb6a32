package io.flannelj.backend;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;

/**
 * What a plan needs to know of the node.
 *
 * @param underlay name of the external interface
 * @param underlayIndex its index
 * @param underlayMtu its MTU in bytes
 * @param address its address: source of tunnel packets
 * @param onLink prefixes that are reached over the external interface without a gateway
 * @param subnet this node's pods, without host bits
 * @param vtepMac MAC of our VXLAN device
 * @param hearsRouters whether the external interface takes its IPv6 default route from router
 *     advertisements
 * @param held former subnets of this node that pods here still use
 */
public record NodeFacts(
    String underlay,
    int underlayIndex,
    int underlayMtu,
    IpAddress address,
    List<IpPrefix> onLink,
    IpPrefix subnet,
    MacAddress vtepMac,
    boolean hearsRouters,
    List<IpPrefix> held) {

  /** Of a node without former subnets. */
  public NodeFacts(
      String underlay,
      int underlayIndex,
      int underlayMtu,
      IpAddress address,
      List<IpPrefix> onLink,
      IpPrefix subnet,
      MacAddress vtepMac,
      boolean hearsRouters) {
    this(
        underlay,
        underlayIndex,
        underlayMtu,
        address,
        onLink,
        subnet,
        vtepMac,
        hearsRouters,
        List.of());
  }

  /** Whether a peer is on the external interface's own link. */
  public boolean isOnLink(IpAddress peer) {
    for (IpPrefix prefix : onLink) {
      if (prefix.contains(peer)) {
        return true;
      }
    }
    return false;
  }
}
