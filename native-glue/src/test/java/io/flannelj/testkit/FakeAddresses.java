package io.flannelj.testkit;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NOPREFIXROUTE;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_PERMANENT;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_SECONDARY;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.address.AddressAttribute;
import io.flannelj.netlink.route.address.AddressHeader;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The addresses of a fake namespace, and the routes that come and go with them. Duplicate address
 * detection succeeds at once; link-local addresses are not made by themselves.
 */
final class FakeAddresses {
  private final List<AddressInfo> addresses = new ArrayList<>();
  private final FakeKernel kernel;

  FakeAddresses(FakeKernel kernel) {
    this.kernel = kernel;
  }

  List<AddressInfo> all() {
    return List.copyOf(addresses);
  }

  List<AddressMessage> dump(AddressMessage filter) {
    int family = filter.header().family();
    int index = filter.header().index();
    if (index != 0) {
      kernel.links().require(index);
    }
    return addresses.stream()
        .filter(address -> index == 0 || address.index() == index)
        .filter(address -> family == AF_UNSPEC || family == family(address.prefix()))
        .map(FakeAddresses::describe)
        .toList();
  }

  void put(AddressMessage message, int flags) {
    AddressInfo asked = AddressInfo.of(message);
    FakeLink link = require(asked);
    Optional<AddressInfo> existing = find(asked);
    if (existing.isPresent()) {
      if ((flags & NLM_F_REPLACE) == 0) {
        throw new Refusal(
            Errno.EEXIST,
            asked.prefix().isIpv4()
                ? "ipv4: Address already assigned"
                : "ipv6: address already assigned");
      }
      return;
    }
    boolean secondary =
        asked.prefix().isIpv4() && addresses.stream().anyMatch(other -> isSameSubnet(other, asked));
    String label = asked.prefix().isIpv4() && asked.label().isEmpty() ? link.name : asked.label();
    AddressInfo made =
        new AddressInfo(
            asked.index(),
            asked.prefix(),
            asked.peer(),
            asked.broadcast(),
            label,
            asked.flags() | IFA_F_PERMANENT | (secondary ? IFA_F_SECONDARY : 0),
            asked.scope());
    addresses.add(made);
    kernel.notify(RTM_NEWADDR, describe(made));
    kernel.routes().addLocal(made, primaryOf(made));
    if (link.isUp()) {
      addPrefixRoutes(made);
    }
  }

  private FakeLink require(AddressInfo asked) {
    String text = asked.prefix().isIpv4() ? "ipv4: Device not found" : "";
    return kernel.links().byIndex(asked.index()).orElseThrow(() -> new Refusal(Errno.ENODEV, text));
  }

  /** IPv6 knows an address once per interface, IPv4 once per prefix length. */
  private Optional<AddressInfo> find(AddressInfo asked) {
    return addresses.stream()
        .filter(other -> other.index() == asked.index())
        .filter(
            other ->
                asked.prefix().isIpv4()
                    ? other.prefix().equals(asked.prefix())
                    : other.prefix().address().equals(asked.prefix().address()))
        .findFirst();
  }

  private IpAddress primaryOf(AddressInfo address) {
    return addresses.stream()
        .filter(other -> !other.isSecondary() && isSameSubnet(other, address))
        .findFirst()
        .orElse(address)
        .prefix()
        .address();
  }

  private static boolean isSameSubnet(AddressInfo a, AddressInfo b) {
    return a.index() == b.index()
        && a.prefix().isIpv4() == b.prefix().isIpv4()
        && a.prefix().masked().equals(b.prefix().masked());
  }

  private void addPrefixRoutes(AddressInfo address) {
    IpPrefix prefix = address.prefix();
    boolean host = prefix.length() == prefix.address().bitLength();
    address.broadcast().ifPresent(to -> kernel.routes().addBroadcast(address, to));
    if (!host && !address.isSecondary() && (address.flags() & IFA_F_NOPREFIXROUTE) == 0) {
      kernel.routes().addConnected(address);
    }
    if (prefix.isIpv4() && prefix.length() < 31 && !address.isSecondary()) {
      kernel.routes().addBroadcast(address, prefix.last());
    }
  }

  void delete(AddressMessage message) {
    AddressInfo asked = AddressInfo.of(message);
    require(asked);
    AddressInfo gone =
        addresses.stream()
            .filter(other -> other.index() == asked.index())
            .filter(other -> other.prefix().equals(asked.prefix()))
            .findFirst()
            .orElseThrow(
                () ->
                    new Refusal(
                        Errno.EADDRNOTAVAIL,
                        asked.prefix().isIpv4()
                            ? "ipv4: Address not found"
                            : "ipv6: address not found"));
    remove(gone);
    if (gone.prefix().isIpv4() && !gone.isSecondary()) {
      for (AddressInfo other : all()) {
        if (other.isSecondary() && isSameSubnet(other, gone)) {
          remove(other);
        }
      }
    }
  }

  private void remove(AddressInfo address) {
    addresses.remove(address);
    kernel.notify(RTM_DELADDR, describe(address));
    kernel.routes().addressGone(address);
  }

  /** Going down takes the IPv6 addresses along, and leaves IPv4's. */
  void linkDown(FakeLink link) {
    for (AddressInfo address : all()) {
      if (address.index() == link.index && !address.prefix().isIpv4()) {
        remove(address);
      }
    }
  }

  void linkUp(FakeLink link) {
    for (AddressInfo address : addresses) {
      if (address.index() == link.index) {
        addPrefixRoutes(address);
      }
    }
  }

  void linkGone(FakeLink link) {
    for (AddressInfo address : all()) {
      if (address.index() == link.index) {
        remove(address);
      }
    }
  }

  boolean isLocal(IpAddress address) {
    return addresses.stream().anyMatch(other -> other.prefix().address().equals(address));
  }

  /** The address that a packet leaves the interface with if nothing else is said. */
  Optional<IpAddress> sourceOn(int index, boolean ipv4) {
    return addresses.stream()
        .filter(other -> other.index() == index && other.prefix().isIpv4() == ipv4)
        .map(other -> other.prefix().address())
        .findFirst();
  }

  private static int family(IpPrefix prefix) {
    return prefix.isIpv4() ? AF_INET : AF_INET6;
  }

  private static AddressMessage describe(AddressInfo address) {
    List<AddressAttribute> all = new ArrayList<>();
    IpAddress own = address.prefix().address();
    all.add(new AddressAttribute.Address(address.peer().orElse(own)));
    if (own.isIpv4() || address.peer().isPresent()) {
      all.add(new AddressAttribute.Local(own));
    }
    address.broadcast().ifPresent(to -> all.add(new AddressAttribute.Broadcast(to)));
    if (!address.label().isEmpty()) {
      all.add(new AddressAttribute.Label(address.label()));
    }
    all.add(new AddressAttribute.Flags(address.flags()));
    return new AddressMessage(
        new AddressHeader(
            family(address.prefix()),
            address.prefix().length(),
            address.flags() & 0xff,
            address.scope(),
            address.index()),
        all);
  }
}
