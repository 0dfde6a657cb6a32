package io.flannelj.config;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * The interface that carries the tunnel.
 *
 * @param name device name
 * @param index interface index
 * @param mtu bytes
 * @param endpoints one for each family, IPv4 first
 */
public record ExternalInterface(String name, int index, int mtu, List<Endpoint> endpoints) {

  /**
   * One family's addresses.
   *
   * @param address source of tunnel packets
   * @param publicIp what other nodes send to: the address, or what --public-ip says
   */
  public record Endpoint(IpAddress address, IpAddress publicIp) {}

  /**
   * The addresses of a family.
   *
   * @throws IllegalArgumentException if it was not chosen for that family
   */
  public Endpoint endpoint(AddressFamily family) {
    return find(family)
        .orElseThrow(
            () -> new IllegalArgumentException("interface " + name + " is not used for " + family));
  }

  /** The addresses of a family, empty if it was not chosen for that. */
  public Optional<Endpoint> find(AddressFamily family) {
    return endpoints.stream()
        .filter(endpoint -> AddressFamily.of(endpoint.address()) == family)
        .findFirst();
  }
}
