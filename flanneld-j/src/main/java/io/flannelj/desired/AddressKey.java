package io.flannelj.desired;

import io.flannelj.net.IpPrefix;

/**
 * The kernel's key of an interface address.
 *
 * @param link the device
 * @param prefix address and prefix length; host bits are kept
 */
public record AddressKey(LinkName link, IpPrefix prefix) {
  @Override
  public String toString() {
    return prefix + " dev " + link;
  }
}
