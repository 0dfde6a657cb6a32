package io.flannelj.config;

import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which interface carries the tunnel, and what other nodes are told of it.
 *
 * @param names names or addresses of the external interface, the first match wins
 * @param regexes the same as regular expressions
 * @param canReach an address that the external interface reaches
 * @param publicIp IPv4 address that other nodes send to
 * @param publicIpv6 IPv6 address that other nodes send to
 */
public record InterfaceOptions(
    List<String> names,
    List<String> regexes,
    Optional<IpAddress> canReach,
    Optional<IpAddress> publicIp,
    Optional<IpAddress> publicIpv6) {
  /** The interface of the default route. */
  public static final InterfaceOptions DEFAULT =
      new InterfaceOptions(
          List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty());
}
