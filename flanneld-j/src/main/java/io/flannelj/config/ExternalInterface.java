package io.flannelj.config;

import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The interface that carries the tunnel.
 *
 * @param name device name
 * @param index interface index
 * @param mtu bytes
 * @param address source of tunnel packets
 * @param publicIp what other nodes send to: the address, or what --public-ip says
 */
public record ExternalInterface(
    String name, int index, int mtu, IpAddress address, IpAddress publicIp) {

  /**
   * Chooses as flannel does: the first --iface that matches, then --iface-regex, then
   * --iface-can-reach, then --public-ip as a local address, then the default route's interface.
   *
   * @param canReach name of the interface and source address by which an address is reached
   * @throws ConfigException listing the candidates, if none matches
   */
  public static ExternalInterface choose(
      Options options,
      Interfaces interfaces,
      Function<IpAddress, Optional<Interfaces.Candidate>> canReach) {
    Optional<IpAddress> publicIp = options.publicIp();
    if (options.ifaces().isEmpty()
        && options.ifaceRegexes().isEmpty()
        && options.ifaceCanReach().isEmpty()) {
      return byDefault(publicIp, interfaces);
    }
    for (String wanted : options.ifaces()) {
      Optional<ExternalInterface> found = byNameOrAddress(wanted, publicIp, interfaces);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (String regex : options.ifaceRegexes()) {
      Optional<ExternalInterface> found = byRegex(regex, publicIp, interfaces);
      if (found.isPresent()) {
        return found.get();
      }
    }
    if (options.ifaceCanReach().isPresent()) {
      Optional<Interfaces.Candidate> found = canReach.apply(options.ifaceCanReach().get());
      if (found.isPresent()) {
        return of(found.get(), found.get().addresses(), publicIp);
      }
    }
    throw new ConfigException(
        "no interface matches --iface "
            + options.ifaces()
            + ", --iface-regex "
            + options.ifaceRegexes()
            + options.ifaceCanReach().map(ip -> ", --iface-can-reach " + ip).orElse("")
            + "; there are: "
            + interfaces.describe());
  }

  private static ExternalInterface byDefault(Optional<IpAddress> publicIp, Interfaces interfaces) {
    if (publicIp.isPresent()) {
      Interfaces.Candidate owner =
          interfaces
              .byAddress(publicIp.get())
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "no interface has --public-ip "
                              + publicIp.get()
                              + "; behind NAT name the interface too, with --iface; there are: "
                              + interfaces.describe()));
      return of(owner, List.of(publicIp.get()), publicIp);
    }
    Optional<Interfaces.Candidate> found = interfaces.defaultRoute().flatMap(interfaces::byName);
    return of(
        found.orElseThrow(
            () ->
                new ConfigException(
                    "there is no IPv4 default route to tell the external interface; name it with"
                        + " --iface; there are: "
                        + interfaces.describe())),
        found.get().addresses(),
        publicIp);
  }

  private static Optional<ExternalInterface> byNameOrAddress(
      String wanted, Optional<IpAddress> publicIp, Interfaces interfaces) {
    IpAddress address;
    try {
      address = Ipv4Address.parse(wanted);
    } catch (IllegalArgumentException e) {
      return interfaces.byName(wanted).map(found -> of(found, found.addresses(), publicIp));
    }
    return interfaces.byAddress(address).map(found -> of(found, List.of(address), publicIp));
  }

  private static Optional<ExternalInterface> byRegex(
      String regex, Optional<IpAddress> publicIp, Interfaces interfaces) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new ConfigException("--iface-regex \"" + regex + "\": " + e.getDescription());
    }
    for (Interfaces.Candidate candidate : interfaces.all()) {
      for (IpAddress address : candidate.addresses()) {
        if (pattern.matcher(address.toString()).find()) {
          return Optional.of(of(candidate, List.of(address), publicIp));
        }
      }
    }
    return interfaces.all().stream()
        .filter(candidate -> pattern.matcher(candidate.name()).find())
        .findFirst()
        .map(found -> of(found, found.addresses(), publicIp));
  }

  private static ExternalInterface of(
      Interfaces.Candidate found, List<IpAddress> addresses, Optional<IpAddress> publicIp) {
    if (addresses.isEmpty()) {
      throw new ConfigException(
          "interface "
              + found.name()
              + " has no IPv4 address to send tunnel packets from; give it one, or name another"
              + " with --iface");
    }
    return new ExternalInterface(
        found.name(),
        found.index(),
        found.mtu(),
        addresses.get(0),
        publicIp.orElse(addresses.get(0)));
  }
}
