package io.flannelj.config;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Chooses the external interface as flannel does: the first --iface that matches, then
 * --iface-regex, then --iface-can-reach, then --public-ip as a local address, then the default
 * route's interface. One interface serves all families.
 */
public final class InterfaceChoice {
  private final InterfaceOptions options;
  private final List<AddressFamily> families;
  private final Interfaces interfaces;

  /**
   * Among these interfaces.
   *
   * @param families what the interface must have addresses of, IPv4 first
   */
  public InterfaceChoice(
      InterfaceOptions options, List<AddressFamily> families, Interfaces interfaces) {
    this.options = options;
    this.families = List.copyOf(families);
    this.interfaces = interfaces;
  }

  /**
   * Chooses.
   *
   * @param canReach interface by which an address is reached, the source address used the first of
   *     its addresses
   * @throws ConfigException listing the candidates, if none matches
   */
  public ExternalInterface choose(Function<IpAddress, Optional<Interfaces.Candidate>> canReach) {
    if (options.names().isEmpty() && options.regexes().isEmpty() && options.canReach().isEmpty()) {
      return byDefault();
    }
    for (String wanted : options.names()) {
      Optional<ExternalInterface> found = byNameOrAddress(wanted);
      if (found.isPresent()) {
        return found.get();
      }
    }
    for (String regex : options.regexes()) {
      Optional<ExternalInterface> found = byRegex(regex);
      if (found.isPresent()) {
        return found.get();
      }
    }
    if (options.canReach().isPresent()) {
      Optional<Interfaces.Candidate> found = canReach.apply(options.canReach().get());
      if (found.isPresent()) {
        return of(found.get(), found.get().addresses());
      }
    }
    throw new ConfigException(
        "no interface matches --iface "
            + options.names()
            + ", --iface-regex "
            + options.regexes()
            + options.canReach().map(ip -> ", --iface-can-reach " + ip).orElse("")
            + "; there are: "
            + interfaces.describe());
  }

  private Optional<IpAddress> publicIp(AddressFamily family) {
    return family == AddressFamily.IPV4 ? options.publicIp() : options.publicIpv6();
  }

  private ExternalInterface byDefault() {
    for (AddressFamily family : families) {
      Optional<IpAddress> publicIp = publicIp(family);
      if (publicIp.isPresent()) {
        return of(owner(family, publicIp.get()), List.of(publicIp.get()));
      }
    }
    List<String> names =
        families.stream()
            .flatMap(family -> Stream.ofNullable(interfaces.defaultRoutes().get(family)))
            .distinct()
            .toList();
    if (names.size() > 1) {
      throw new ConfigException(
          "the default routes of IPv4 and IPv6 go over different interfaces, "
              + names
              + "; name the external one with --iface");
    }
    Optional<Interfaces.Candidate> found = names.stream().findFirst().flatMap(interfaces::byName);
    return of(
        found.orElseThrow(
            () ->
                new ConfigException(
                    "there is no "
                        + families.get(0)
                        + " default route to tell the external interface; name it with"
                        + " --iface; there are: "
                        + interfaces.describe())),
        List.of());
  }

  private Interfaces.Candidate owner(AddressFamily family, IpAddress publicIp) {
    return interfaces
        .byAddress(publicIp)
        .orElseThrow(
            () ->
                new ConfigException(
                    "no interface has "
                        + (family == AddressFamily.IPV4 ? "--public-ip " : "--public-ipv6 ")
                        + publicIp
                        + "; behind NAT name the interface too, with --iface; there are: "
                        + interfaces.describe()));
  }

  private Optional<ExternalInterface> byNameOrAddress(String wanted) {
    IpAddress address;
    try {
      address = IpAddress.parse(wanted);
    } catch (IllegalArgumentException e) {
      return interfaces.byName(wanted).map(found -> of(found, List.of()));
    }
    return interfaces.byAddress(address).map(found -> of(found, List.of(address)));
  }

  private Optional<ExternalInterface> byRegex(String regex) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new ConfigException("--iface-regex \"" + regex + "\": " + e.getDescription());
    }
    for (Interfaces.Candidate candidate : interfaces.all()) {
      List<IpAddress> matching = new ArrayList<>(candidate.addresses());
      matching.removeIf(address -> !pattern.matcher(address.toString()).find());
      // As flannel: in dual stack an address of each family must match.
      if (matching.stream().map(AddressFamily::of).distinct().count() == families.size()) {
        return Optional.of(of(candidate, matching));
      }
    }
    return interfaces.all().stream()
        .filter(candidate -> pattern.matcher(candidate.name()).find())
        .findFirst()
        .map(found -> of(found, List.of()));
  }

  /** What is not among the preferred addresses is chosen from the interface's own. */
  private ExternalInterface of(Interfaces.Candidate found, List<IpAddress> preferred) {
    List<ExternalInterface.Endpoint> endpoints = new ArrayList<>();
    for (AddressFamily family : families) {
      Optional<IpAddress> publicIp = publicIp(family);
      IpAddress address =
          Stream.of(
                  preferred.stream().filter(one -> AddressFamily.of(one) == family),
                  publicIp.stream().filter(found.addresses()::contains),
                  found.address(family).stream())
              .flatMap(one -> one)
              .findFirst()
              .orElseThrow(
                  () ->
                      new ConfigException(
                          "interface "
                              + found.name()
                              + " has no "
                              + family
                              + " address to send tunnel packets from; give it one, or name another"
                              + " with --iface"));
      endpoints.add(new ExternalInterface.Endpoint(address, publicIp.orElse(address)));
    }
    return new ExternalInterface(found.name(), found.index(), found.mtu(), endpoints);
  }
}
