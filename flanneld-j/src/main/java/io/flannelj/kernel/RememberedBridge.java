package io.flannelj.kernel;

import io.flannelj.net.MacAddress;
import java.util.Map;

/**
 * The pods' bridge as it was before this process began: what a start has to find again.
 *
 * @param name device name
 * @param mac pods keep it in their ARP tables
 * @param mtu bytes
 * @param likeTunnel whether its MTU follows that of the tunnel
 * @param ports pods' veths that were on it, by interface index; some may be gone since
 */
public record RememberedBridge(
    String name, MacAddress mac, int mtu, boolean likeTunnel, Map<Integer, PodPortFacts> ports) {
  /** Copies the map. */
  public RememberedBridge {
    ports = Map.copyOf(ports);
  }
}
