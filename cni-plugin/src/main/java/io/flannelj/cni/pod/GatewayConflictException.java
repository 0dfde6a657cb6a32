package io.flannelj.cni.pod;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.link.LinkInfo;

/** Another address on the bridge stands where the gateway's has to be. */
public final class GatewayConflictException extends BridgeException {
  private static final long serialVersionUID = 1;

  private final transient LinkInfo bridge;
  private final transient IpPrefix other;

  /** With the bridge, and the address that it has. */
  GatewayConflictException(String message, LinkInfo bridge, IpPrefix other) {
    super(message);
    this.bridge = bridge;
    this.other = other;
  }

  /** The bridge, or the node's end in its VLAN. */
  public LinkInfo bridge() {
    return bridge;
  }

  /** The address that it has. */
  public IpPrefix other() {
    return other;
  }
}
