package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import java.util.ArrayList;
import java.util.List;

/** Requests about neighbours: {@code ip neighbour}. */
public final class Neighbours {
  private Neighbours() {}

  /** {@code ip neighbour add}. EEXIST if there is one. */
  public static NetlinkRequest add(NeighbourSpec spec) {
    return put("add", NLM_F_CREATE | NLM_F_EXCL, spec);
  }

  /**
   * {@code ip neighbour replace}: adds it or changes the one there, which keeps its protocol if the
   * spec has none. ENODEV without interface.
   */
  public static NetlinkRequest replace(NeighbourSpec spec) {
    return put("replace", NLM_F_CREATE | NLM_F_REPLACE, spec);
  }

  private static NetlinkRequest put(String verb, int flags, NeighbourSpec spec) {
    List<NeighbourAttribute> attributes = new ArrayList<>();
    attributes.add(new NeighbourAttribute.Destination(spec.address()));
    attributes.add(new NeighbourAttribute.HardwareAddress(spec.mac()));
    if (spec.protocol() != 0) {
      attributes.add(new NeighbourAttribute.Protocol(spec.protocol()));
    }
    return new NetlinkRequest(
        operation(verb, spec.index(), spec.address()) + " lladdr " + spec.mac(),
        RTM_NEWNEIGH,
        flags,
        new NeighbourMessage(
            new NeighbourHeader(
                family(spec.address()), spec.index(), spec.state(), spec.flags(), 0),
            attributes));
  }

  /** {@code ip neighbour delete}. ENOENT if there is none. */
  public static NetlinkRequest delete(int index, IpAddress address) {
    return new NetlinkRequest(
        operation("delete", index, address),
        RTM_DELNEIGH,
        0,
        new NeighbourMessage(
            new NeighbourHeader(family(address), index, 0, 0, 0),
            List.of(new NeighbourAttribute.Destination(address))));
  }

  /**
   * {@code ip neighbour show dev INDEX}, a dump of one family, without proxy entries.
   *
   * @param family AF_INET or AF_INET6
   * @param index interface index, 0: all
   */
  public static NetlinkRequest list(int family, int index) {
    return new NetlinkRequest(
        "ip neighbour show" + (index == 0 ? "" : " dev index " + index),
        RTM_GETNEIGH,
        0,
        new NeighbourMessage(
            new NeighbourHeader(family, 0, 0, 0, 0),
            index == 0 ? List.of() : List.of(new NeighbourAttribute.OutputInterface(index))));
  }

  /** {@code ip neighbour show}: of one family, on one interface or 0. */
  public static List<NeighbourInfo> show(NetlinkTransport kernel, int family, int index) {
    return kernel.dump(list(family, index)).stream()
        .map(NeighbourInfo::of)
        .filter(neighbour -> index == 0 || neighbour.index() == index)
        .toList();
  }

  private static String operation(String verb, int index, IpAddress address) {
    return "ip neighbour " + verb + " " + address + " dev index " + index;
  }

  private static int family(IpAddress address) {
    return address.isIpv4() ? AF_INET : AF_INET6;
  }
}
