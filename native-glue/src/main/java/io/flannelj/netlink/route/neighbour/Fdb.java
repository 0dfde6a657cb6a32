package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_APPEND;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_BRIDGE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_GETNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;

import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import java.util.ArrayList;
import java.util.List;

/** Requests about forwarding entries: {@code bridge fdb}. */
public final class Fdb {
  private Fdb() {}

  /** {@code bridge fdb add}. EEXIST if the MAC has an entry. */
  public static NetlinkRequest add(FdbSpec spec) {
    return put("add", NLM_F_CREATE | NLM_F_EXCL, spec);
  }

  /** {@code bridge fdb replace}: adds it or gives the MAC another remote end. */
  public static NetlinkRequest replace(FdbSpec spec) {
    return put("replace", NLM_F_CREATE | NLM_F_REPLACE, spec);
  }

  /** {@code bridge fdb append}: one more remote end; for multicast and the all-zero MAC only. */
  public static NetlinkRequest append(FdbSpec spec) {
    return put("append", NLM_F_CREATE | NLM_F_APPEND, spec);
  }

  private static NetlinkRequest put(String verb, int flags, FdbSpec spec) {
    return new NetlinkRequest(operation(verb, spec), RTM_NEWNEIGH, flags, message(spec));
  }

  /**
   * {@code bridge fdb delete}. ENOENT if the MAC has no entry. An entry with another remote end
   * stays; 6.18 then reports success.
   */
  public static NetlinkRequest delete(FdbSpec spec) {
    return new NetlinkRequest(operation("delete", spec), RTM_DELNEIGH, 0, message(spec));
  }

  /**
   * {@code bridge fdb show dev INDEX}, a dump: the entries of a VXLAN device, or those of a port's
   * bridge that point to it.
   *
   * @param index interface index, 0: all
   */
  public static NetlinkRequest list(int index) {
    return new NetlinkRequest(
        "bridge fdb show" + (index == 0 ? "" : " dev index " + index),
        RTM_GETNEIGH,
        0,
        new NeighbourMessage(new NeighbourHeader(AF_BRIDGE, index, 0, 0, 0), List.of()));
  }

  /** {@code bridge fdb show}: on one device or 0. */
  public static List<FdbInfo> show(NetlinkTransport kernel, int index) {
    return kernel.dump(list(index)).stream()
        .map(FdbInfo::of)
        .filter(entry -> index == 0 || entry.index() == index)
        .toList();
  }

  private static String operation(String verb, FdbSpec spec) {
    return "bridge fdb "
        + verb
        + " "
        + spec.mac()
        + " dev index "
        + spec.index()
        + spec.remote().map(remote -> " dst " + remote).orElse("");
  }

  private static NeighbourMessage message(FdbSpec spec) {
    List<NeighbourAttribute> attributes = new ArrayList<>();
    attributes.add(new NeighbourAttribute.HardwareAddress(spec.mac()));
    spec.remote().ifPresent(remote -> attributes.add(new NeighbourAttribute.Destination(remote)));
    if (spec.vlan() != 0) {
      attributes.add(new NeighbourAttribute.Vlan(spec.vlan()));
    }
    return new NeighbourMessage(
        new NeighbourHeader(AF_BRIDGE, spec.index(), spec.state(), spec.flags(), 0), attributes);
  }
}
