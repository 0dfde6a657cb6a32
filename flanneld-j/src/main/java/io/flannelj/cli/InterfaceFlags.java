package io.flannelj.cli;

import io.flannelj.config.ConfigException;
import io.flannelj.config.InterfaceOptions;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Flags that say which interface carries the tunnel. */
final class InterfaceFlags {
  @Option(
      names = "--iface",
      description = "name or address of the external interface; repeatable, the first match wins")
  private List<String> ifaces = List.of();

  @Option(
      names = "--iface-regex",
      description = "the same as a regular expression, on addresses first, then names; repeatable")
  private List<String> ifaceRegexes = List.of();

  @Option(
      names = "--iface-can-reach",
      description = "use the interface by which this address is reached")
  private Optional<String> ifaceCanReach;

  @Option(names = "--public-ip", description = "IPv4 address that other nodes send to")
  private Optional<String> publicIp;

  @Option(names = "--public-ipv6", description = "IPv6 address that other nodes send to")
  private Optional<String> publicIpv6;

  InterfaceOptions toOptions() {
    return new InterfaceOptions(
        ifaces,
        ifaceRegexes,
        address("--iface-can-reach", ifaceCanReach, List.of(AddressFamily.values())),
        address("--public-ip", publicIp, List.of(AddressFamily.IPV4)),
        address("--public-ipv6", publicIpv6, List.of(AddressFamily.IPV6)));
  }

  private static Optional<IpAddress> address(
      String flag, Optional<String> text, List<AddressFamily> families) {
    if (text.isEmpty() || text.get().isEmpty()) {
      return Optional.empty();
    }
    try {
      IpAddress address = IpAddress.parse(text.get());
      if (!families.contains(AddressFamily.of(address))) {
        throw new ConfigException(flag + " " + address + " is " + AddressFamily.of(address));
      }
      return Optional.of(address);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(flag + ": " + e.getMessage());
    }
  }
}
