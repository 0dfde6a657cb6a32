package io.flannelj.config;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The node's interfaces, as the choice of the external one needs them.
 *
 * @param all in the kernel's order
 * @param defaultRoutes by family, the name of the interface of the first default route
 */
public record Interfaces(List<Candidate> all, Map<AddressFamily, String> defaultRoutes) {
  /**
   * One interface.
   *
   * @param name device name
   * @param index interface index
   * @param mtu bytes
   * @param addresses its addresses of the families that are asked for, IPv4 first, the best first
   */
  public record Candidate(String name, int index, int mtu, List<IpAddress> addresses) {
    /** Its best address of a family. */
    public Optional<IpAddress> address(AddressFamily family) {
      return addresses.stream().filter(one -> AddressFamily.of(one) == family).findFirst();
    }
  }

  /** By name. */
  public Optional<Candidate> byName(String name) {
    return all.stream().filter(candidate -> candidate.name().equals(name)).findFirst();
  }

  /** By one of its addresses. */
  public Optional<Candidate> byAddress(IpAddress address) {
    return all.stream().filter(candidate -> candidate.addresses().contains(address)).findFirst();
  }

  /** Names and addresses in one line, for error texts. */
  public String describe() {
    StringBuilder text = new StringBuilder();
    for (Candidate candidate : all) {
      text.append(text.length() == 0 ? "" : ", ").append(candidate.name());
      text.append(' ').append(candidate.addresses());
    }
    return text.toString();
  }
}
