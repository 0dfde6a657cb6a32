package io.flannelj.libc;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The two kinds of tables of iptables-legacy and how their entries are laid out (struct ipt_entry
 * of include/uapi/linux/netfilter_ipv4/ip_tables.h, struct ip6t_entry of netfilter_ipv6/
 * ip6_tables.h). Offsets and lengths in bytes.
 */
public enum LegacyFamily {
  /** iptables-legacy. */
  IPV4("iptables-legacy", "ip_tables_names", 2, 0, 4, 80, 83, 88, 112),
  /** ip6tables-legacy. */
  IPV6("ip6tables-legacy", "ip6_tables_names", 10, 41, 16, 128, 132, 140, 168);

  private static final int INTERFACE_NAMES = 32;

  private final String program;
  private final String names;
  private final int socketFamily;
  private final int optionLevel;
  private final int addressLength;
  private final int protocol;
  private final int inverted;
  private final int targetOffset;
  private final int entry;

  LegacyFamily(
      String program,
      String names,
      int socketFamily,
      int optionLevel,
      int addressLength,
      int protocol,
      int inverted,
      int targetOffset,
      int entry) {
    this.program = program;
    this.names = names;
    this.socketFamily = socketFamily;
    this.optionLevel = optionLevel;
    this.addressLength = addressLength;
    this.protocol = protocol;
    this.inverted = inverted;
    this.targetOffset = targetOffset;
    this.entry = entry;
  }

  /** The family of a network's addresses. */
  public static LegacyFamily of(boolean ipv4) {
    return ipv4 ? IPV4 : IPV6;
  }

  /** The program that changes these tables. */
  public String program() {
    return program;
  }

  /** Whether the calling thread's network namespace has the table. */
  public boolean isLoaded(String table) {
    try {
      return Files.readString(Path.of("/proc/thread-self/net", names))
          .lines()
          .anyMatch(table::equals);
    } catch (IOException e) {
      return false;
    }
  }

  int socketFamily() {
    return socketFamily;
  }

  /** SOL_IP or SOL_IPV6. */
  int optionLevel() {
    return optionLevel;
  }

  int addressLength() {
    return addressLength;
  }

  /** Source, destination and their masks come first. */
  int addresses() {
    return 4 * addressLength;
  }

  /** Behind the addresses: names of both interfaces, then their masks. */
  int interfaceMasks() {
    return addresses() + INTERFACE_NAMES;
  }

  int interfaceMasksEnd() {
    return interfaceMasks() + INTERFACE_NAMES;
  }

  int protocol() {
    return protocol;
  }

  int inverted() {
    return inverted;
  }

  int targetOffset() {
    return targetOffset;
  }

  int nextOffset() {
    return targetOffset + 2;
  }

  /** Of the fixed part. */
  int entry() {
    return entry;
  }
}
