package io.flannelj.config;

import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * The node's interfaces, as the choice of the external one needs them.
 *
 * @param all in the kernel's order
 * @param defaultRoute name of the interface of the first IPv4 default route
 */
public record Interfaces(List<Candidate> all, Optional<String> defaultRoute) {
  /**
   * One interface.
   *
   * @param name device name
   * @param index interface index
   * @param mtu bytes
   * @param addresses its IPv4 addresses, the best first
   */
  public record Candidate(String name, int index, int mtu, List<IpAddress> addresses) {}

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
