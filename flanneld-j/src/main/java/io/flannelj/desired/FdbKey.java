package io.flannelj.desired;

import io.flannelj.net.MacAddress;

/**
 * The kernel's key of a forwarding entry of a VXLAN device.
 *
 * @param link the device
 * @param mac destination of inner frames
 */
public record FdbKey(LinkName link, MacAddress mac) {
  @Override
  public String toString() {
    return mac + " dev " + link;
  }
}
