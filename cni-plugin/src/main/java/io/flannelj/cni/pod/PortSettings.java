package io.flannelj.cni.pod;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;
import java.util.Optional;

/**
 * What a pod gets.
 *
 * @param mtu bytes, 0: the kernel's default
 * @param mac of the pod's end
 * @param hairpin whether the bridge sends frames back out of the port they came from
 * @param isolated whether the port may not talk to other isolated ports
 * @param addresses of the pod's end, host bits kept
 * @param routes inside the pod
 * @param up whether the pod's end is set up
 * @param detectDuplicates whether IPv6 addresses go through duplicate address detection
 * @param vlans of the port
 */
public record PortSettings(
    int mtu,
    Optional<MacAddress> mac,
    boolean hairpin,
    boolean isolated,
    List<IpPrefix> addresses,
    List<PodRoute> routes,
    boolean up,
    boolean detectDuplicates,
    PortVlans vlans) {

  /** With the VLANs that the bridge gives to every port. */
  public PortSettings(
      int mtu,
      Optional<MacAddress> mac,
      boolean hairpin,
      boolean isolated,
      List<IpPrefix> addresses,
      List<PodRoute> routes,
      boolean up,
      boolean detectDuplicates) {
    this(mtu, mac, hairpin, isolated, addresses, routes, up, detectDuplicates, PortVlans.DEFAULT);
  }

  /**
   * A route inside the pod.
   *
   * @param destination without host bits
   * @param gateway empty: directly on the interface
   * @param mtu bytes, 0: the interface's
   * @param advertisedMss bytes, 0: from the MTU
   * @param metric 0: the default
   * @param table 0: main
   * @param scope -1: from the gateway
   */
  public record PodRoute(
      IpPrefix destination,
      Optional<IpAddress> gateway,
      int mtu,
      int advertisedMss,
      long metric,
      long table,
      int scope) {}
}
