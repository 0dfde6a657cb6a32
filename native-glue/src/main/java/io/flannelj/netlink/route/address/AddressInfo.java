package io.flannelj.netlink.route.address;

import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_DADFAILED;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_PERMANENT;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_SECONDARY;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_TENTATIVE;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Rtnetlink;
import java.util.Optional;

/**
 * An interface address as the kernel describes it.
 *
 * @param index interface index
 * @param prefix the interface's own address with its prefix length
 * @param peer the other end's address of a point-to-point link
 * @param broadcast IPv4's broadcast address
 * @param label IPv4's label, empty: none
 * @param flags IFA_F_*
 * @param scope RT_SCOPE_*
 */
public record AddressInfo(
    int index,
    IpPrefix prefix,
    Optional<IpAddress> peer,
    Optional<IpAddress> broadcast,
    String label,
    int flags,
    int scope) {

  /**
   * From RTM_NEWADDR or RTM_DELADDR.
   *
   * @throws DecodeException if the body is no address message
   */
  public static AddressInfo of(NetlinkMessage message) {
    return of(AddressMessage.decode(message.body()));
  }

  /** From a decoded message. */
  public static AddressInfo of(AddressMessage message) {
    AddressHeader header = message.header();
    IpAddress any = header.family() == Rtnetlink.AF_INET ? Ipv4Address.ANY : Ipv6Address.ANY;
    IpAddress address =
        message
            .find(AddressAttribute.Address.class)
            .map(AddressAttribute.Address::address)
            .orElse(any);
    IpAddress local =
        message
            .find(AddressAttribute.Local.class)
            .map(AddressAttribute.Local::address)
            .orElse(address);
    if (header.prefixLength() > local.bitLength()) {
      throw new DecodeException(
          "ifaddrmsg: prefix length " + header.prefixLength() + " of " + local);
    }
    return new AddressInfo(
        header.index(),
        new IpPrefix(local, header.prefixLength()),
        local.equals(address) ? Optional.empty() : Optional.of(address),
        message.find(AddressAttribute.Broadcast.class).map(AddressAttribute.Broadcast::address),
        message.find(AddressAttribute.Label.class).map(AddressAttribute.Label::label).orElse(""),
        message
            .find(AddressAttribute.Flags.class)
            .map(all -> (int) all.flags())
            .orElse(header.flags()),
        header.scope());
  }

  /** Whether duplicate address detection still runs. */
  public boolean isTentative() {
    return (flags & IFA_F_TENTATIVE) != 0;
  }

  /** Whether another host has the address. */
  public boolean isDuplicate() {
    return (flags & IFA_F_DADFAILED) != 0;
  }

  /** Whether it never expires. */
  public boolean isPermanent() {
    return (flags & IFA_F_PERMANENT) != 0;
  }

  /** Whether it lies in the prefix of an earlier IPv4 address, or is a temporary IPv6 one. */
  public boolean isSecondary() {
    return (flags & IFA_F_SECONDARY) != 0;
  }
}
