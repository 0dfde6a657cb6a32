package io.flannelj.backend.vxlan;

import io.flannelj.net.AddressFamily;

/**
 * The backend object of net-conf.json.
 *
 * @param vni VXLAN network identifier, 1 to 16777215
 * @param port UDP destination port
 * @param mtu MTU to derive the device's from, bytes; 0: the external interface's
 * @param learning whether the device learns MACs from traffic
 * @param directRouting whether peers on the same link are reached without tunnel
 */
public record VxlanSettings(int vni, int port, int mtu, boolean learning, boolean directRouting) {
  /** flannel's defaults: VNI 1, the kernel's port 8472. */
  public static final VxlanSettings DEFAULT = new VxlanSettings(1, 8472, 0, false, false);

  private static final int OVERHEAD_IPV4 = 50;
  private static final int OVERHEAD_IPV6 = 70;

  /** Bytes of the tunnel: outer IP, UDP and VXLAN headers and the inner Ethernet header. */
  public static int overhead(AddressFamily family) {
    return family == AddressFamily.IPV4 ? OVERHEAD_IPV4 : OVERHEAD_IPV6;
  }

  /** The least MTU of a device that carries the family, bytes (RFC 791, RFC 8200). */
  public static int leastMtu(AddressFamily family) {
    return family == AddressFamily.IPV4 ? 68 : 1280;
  }

  /** Name of the family's device. */
  public String deviceName(AddressFamily family) {
    return (family == AddressFamily.IPV4 ? "flannel." : "flannel-v6.") + vni;
  }
}
