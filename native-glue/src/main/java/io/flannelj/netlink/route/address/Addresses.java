package io.flannelj.netlink.route.address;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import java.util.ArrayList;
import java.util.List;

/** Requests about interface addresses. */
public final class Addresses {
  private Addresses() {}

  /** {@code ip address add}. EEXIST if the interface has it, ENODEV without interface. */
  public static NetlinkRequest add(AddressSpec spec) {
    return put("add", NLM_F_CREATE | NLM_F_EXCL, spec);
  }

  /**
   * {@code ip address replace}: adds it, or changes flags and lifetime of the one there. Scope and
   * broadcast of an existing one stay as they are.
   */
  public static NetlinkRequest replace(AddressSpec spec) {
    return put("replace", NLM_F_CREATE | NLM_F_REPLACE, spec);
  }

  private static NetlinkRequest put(String verb, int flags, AddressSpec spec) {
    List<AddressAttribute> attributes = key(spec.prefix());
    spec.broadcast().ifPresent(address -> attributes.add(new AddressAttribute.Broadcast(address)));
    if (spec.flags() != 0) {
      attributes.add(new AddressAttribute.Flags(spec.flags()));
    }
    return new NetlinkRequest(
        operation(verb, spec.index(), spec.prefix()),
        RTM_NEWADDR,
        flags,
        new AddressMessage(
            header(spec.index(), spec.prefix(), spec.flags() & 0xff, spec.scope()), attributes));
  }

  /** {@code ip address delete}. EADDRNOTAVAIL if it is not there. */
  public static NetlinkRequest delete(int index, IpPrefix prefix) {
    return new NetlinkRequest(
        operation("delete", index, prefix),
        RTM_DELADDR,
        0,
        new AddressMessage(header(index, prefix, 0, 0), key(prefix)));
  }

  /**
   * {@code ip address show dev INDEX}, a dump of one family.
   *
   * @param family AF_INET or AF_INET6, AF_UNSPEC: both
   * @param index interface index, 0: all; ENODEV if there is no such interface
   */
  public static NetlinkRequest list(int family, int index) {
    return new NetlinkRequest(
        "ip address show" + (index == 0 ? "" : " dev index " + index),
        RTM_GETADDR,
        0,
        new AddressMessage(new AddressHeader(family, 0, 0, 0, index), List.of()));
  }

  /** {@code ip address show}: of one family or AF_UNSPEC, on one interface or 0. */
  public static List<AddressInfo> show(NetlinkTransport kernel, int family, int index) {
    return kernel.dump(list(family, index)).stream()
        .map(AddressInfo::of)
        .filter(address -> index == 0 || address.index() == index)
        .toList();
  }

  private static String operation(String verb, int index, IpPrefix prefix) {
    return "ip address " + verb + " " + prefix + " dev index " + index;
  }

  private static AddressHeader header(int index, IpPrefix prefix, int flags, int scope) {
    return new AddressHeader(
        prefix.isIpv4() ? AF_INET : AF_INET6, prefix.length(), flags, scope, index);
  }

  private static List<AddressAttribute> key(IpPrefix prefix) {
    List<AddressAttribute> key = new ArrayList<>();
    key.add(new AddressAttribute.Local(prefix.address()));
    key.add(new AddressAttribute.Address(prefix.address()));
    return key;
  }
}
