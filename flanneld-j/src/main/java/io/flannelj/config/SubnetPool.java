package io.flannelj.config;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.Arrays;

/**
 * Where the nodes' subnets of one address family come from.
 *
 * @param network all pods of the cluster
 * @param subnetLength prefix length of a node's subnet
 * @param subnetMin first subnet that may be leased
 * @param subnetMax last subnet that may be leased
 */
public record SubnetPool(
    IpPrefix network, int subnetLength, IpAddress subnetMin, IpAddress subnetMax) {

  /** The pool's family. */
  public AddressFamily family() {
    return AddressFamily.of(network);
  }

  /** Whether a subnet may be leased from this pool. */
  public boolean accepts(IpPrefix subnet) {
    return subnet.length() == subnetLength
        && subnet.isMasked()
        && network.contains(subnet)
        && compare(subnet.address(), subnetMin) >= 0
        && compare(subnet.address(), subnetMax) <= 0;
  }

  /** The first subnet that may be leased. */
  public IpPrefix firstSubnet() {
    return new IpPrefix(subnetMin, subnetLength);
  }

  /** The subnet behind another; may lie outside. */
  public IpPrefix subnetAfter(IpPrefix subnet) {
    return new IpPrefix(after(subnet.address(), subnetLength), subnetLength);
  }

  /** The beginning of the prefix of this length that follows the one that an address begins. */
  static IpAddress after(IpAddress address, int length) {
    byte[] octets = address.toBytes();
    // Adding one at the prefix's last bit: a long does not hold the step of a short IPv6 prefix.
    int step = 0x80 >>> ((length - 1) % 8);
    for (int i = (length - 1) / 8; i >= 0 && step != 0; i--) {
      int sum = (octets[i] & 0xff) + step;
      octets[i] = (byte) sum;
      step = sum >>> 8;
    }
    return IpAddress.of(octets);
  }

  /** In the order of the network; both are of one family. */
  static int compare(IpAddress one, IpAddress other) {
    return Arrays.compareUnsigned(one.toBytes(), other.toBytes());
  }
}
