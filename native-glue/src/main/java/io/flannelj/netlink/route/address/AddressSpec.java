package io.flannelj.netlink.route.address;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.Optional;

/**
 * An address to set. Its key in the kernel: interface, address, and for IPv4 the prefix length too;
 * IPv6 knows an address once per interface.
 *
 * @param index interface index
 * @param prefix the address with its prefix length, host bits kept
 * @param broadcast IPv4's broadcast address, empty: none
 * @param flags IFA_F_*: NODAD, NOPREFIXROUTE, ...
 * @param scope RT_SCOPE_*, 0: global
 */
public record AddressSpec(
    int index, IpPrefix prefix, Optional<IpAddress> broadcast, int flags, int scope) {

  /** A global address without flags and broadcast. */
  public static AddressSpec of(int index, IpPrefix prefix) {
    return new AddressSpec(index, prefix, Optional.empty(), 0, 0);
  }

  /** The same with IFA_F_* flags. */
  public AddressSpec withFlags(int added) {
    return new AddressSpec(index, prefix, broadcast, flags | added, scope);
  }

  /** The same with a scope. */
  public AddressSpec withScope(int newScope) {
    return new AddressSpec(index, prefix, broadcast, flags, newScope);
  }

  /** The same with the prefix's last address as broadcast address ({@code brd +}), IPv4 to /30. */
  public AddressSpec withBroadcast() {
    boolean hasOne = prefix.isIpv4() && prefix.length() <= 30;
    return new AddressSpec(
        index, prefix, hasOne ? Optional.of(prefix.last()) : Optional.empty(), flags, scope);
  }
}
