package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.cni.pod.VlanGateway;
import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Gateway addresses of subnets that this node had before, on the pods' bridge and on its ends in
 * VLANs. Each has a connected route that leads away from the node that has the subnet now, so it
 * goes as soon as no pod uses it; until then who uses it is told.
 *
 * <p>Such an address is the first of a subnet inside Network that is not ours: nothing else is
 * given to the bridge there by the plugins, ours or Go's. Any other address stays.
 */
public final class FormerGateways {
  private static final int MOST_NAMED = 5;

  private final NetlinkTransport kernel;
  private final PodBridge bridge;
  private final BiFunction<IpPrefix, Map<Integer, String>, List<String>> users;
  private List<String> remarks = List.of();

  /**
   * Looks at nothing yet.
   *
   * @param users names who still has an address in a prefix, given the names of the bridge's ports
   *     by index; asked only if there is one
   */
  public FormerGateways(
      NetlinkTransport kernel,
      PodBridge bridge,
      BiFunction<IpPrefix, Map<Integer, String>, List<String>> users) {
    this.kernel = kernel;
    this.bridge = bridge;
    this.users = users;
  }

  /**
   * Removes what nobody uses.
   *
   * @return how many addresses went
   */
  public int remove() {
    Optional<String> name = bridge.nameOrFormer();
    List<String> kept = new ArrayList<>();
    int removed = 0;
    for (AddressInfo address : Addresses.show(kernel, AF_UNSPEC, 0)) {
      Optional<LinkInfo> link =
          bridge.network().isFormerGateway(address.prefix())
              ? Links.show(kernel, LinkId.of(address.index()))
              : Optional.empty();
      if (name.isPresent() && link.isPresent() && isOf(link.get(), name.get())) {
        List<String> present = users.apply(address.prefix(), ports(name.get()));
        if (present.isEmpty()) {
          removed += remove(link.get(), address.prefix());
        } else {
          kept.add(text(link.get(), address.prefix(), present));
        }
      }
    }
    remarks = List.copyOf(kept);
    bridge.keepsFormerGateway(!kept.isEmpty());
    return removed;
  }

  /** The bridge, or its end in a VLAN. */
  private static boolean isOf(LinkInfo link, String bridge) {
    return link.name().equals(bridge)
        || (link.kind().equals("veth") && link.name().matches("\\Q" + bridge + ".\\E[0-9]{1,4}"));
  }

  private Map<Integer, String> ports(String bridge) {
    Map<Integer, String> ports = new TreeMap<>();
    for (LinkInfo link : Links.show(kernel, LinkId.named(bridge)).stream().toList()) {
      for (NetlinkMessage message : kernel.dump(Links.listPorts(link.index()))) {
        LinkInfo port = LinkInfo.of(message);
        if (port.master() == link.index() && !VlanGateway.isPort(port)) {
          ports.put(port.index(), port.name());
        }
      }
    }
    return ports;
  }

  private int remove(LinkInfo link, IpPrefix address) {
    try {
      kernel.execute(Addresses.delete(link.index(), address));
      return 1;
    } catch (NetlinkException e) {
      // An ADD was faster.
      if (e.errno() != Errno.EADDRNOTAVAIL) {
        throw e;
      }
      return 0;
    }
  }

  private static String text(LinkInfo link, IpPrefix address, List<String> users) {
    return link.name()
        + " keeps "
        + address
        + ", the gateway of a former subnet, for "
        + users.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
        + (users.size() > MOST_NAMED ? " and " + (users.size() - MOST_NAMED) + " more" : "")
        + ": it goes when they are gone; restart them";
  }

  /** What was left, and for whom, a line each. */
  public List<String> remarks() {
    return remarks;
  }
}
