package io.flannelj.backend.vxlan;

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

  /** Outer Ethernet, IPv4, UDP and VXLAN headers. */
  public static final int OVERHEAD_IPV4 = 50;

  /** Name of the device. */
  public String deviceName() {
    return "flannel." + vni;
  }
}
