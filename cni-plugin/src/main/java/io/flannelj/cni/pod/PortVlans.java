package io.flannelj.cni.pod;

import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.BridgeSpecAttribute;
import io.flannelj.netlink.route.link.BridgeVlans;
import io.flannelj.netlink.route.link.LinkConstants;
import io.flannelj.netlink.route.link.LinkMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The VLANs of a port of a bridge that filters by VLAN.
 *
 * @param untagged VLAN of frames without tag, both ways; 0: not changed
 * @param tagged VLANs of frames with tag, 1 to 4094
 * @param keepDefault whether the VLAN that the bridge gives to every new port stays
 */
public record PortVlans(int untagged, SortedSet<Integer> tagged, boolean keepDefault) {
  /** As the bridge makes a port. */
  public static final PortVlans DEFAULT = new PortVlans(0, new TreeSet<>(), true);

  private static final int LAST = 4094;

  /**
   * Gives them to a port; nothing is asked of the kernel if there are none.
   *
   * @param port interface index
   * @throws NetlinkException if the kernel refuses
   */
  void apply(NetlinkTransport host, int port) {
    List<NetlinkRequest> requests = requests(port);
    if (requests.isEmpty()) {
      return;
    }
    for (Optional<NetlinkException> result : host.executeAll(requests)) {
      if (result.isPresent()) {
        throw result.get();
      }
    }
  }

  private List<NetlinkRequest> requests(int port) {
    List<NetlinkRequest> requests = new ArrayList<>();
    if (!keepDefault) {
      requests.add(BridgeVlans.deleteRange(port, 1, LAST));
    }
    int first = 0;
    int last = 0;
    for (int vlan : tagged) {
      if (vlan != last + 1 || first == 0) {
        if (first != 0) {
          requests.add(BridgeVlans.addRange(port, first, last));
        }
        first = vlan;
      }
      last = vlan;
    }
    if (first != 0) {
      requests.add(BridgeVlans.addRange(port, first, last));
    }
    // Last: adding a VLAN once more without flags would take its flags away.
    if (untagged != 0) {
      requests.add(BridgeVlans.add(port, untagged, true));
    }
    return requests;
  }

  /**
   * What a port lacks or has too much, in words; empty if it has just these. Where the default
   * stays more than these is none.
   *
   * @param port interface index
   */
  public Optional<String> difference(NetlinkTransport host, int port) {
    NavigableMap<Integer, Integer> wanted = new TreeMap<>();
    tagged.forEach(vlan -> wanted.put(vlan, 0));
    if (untagged != 0) {
      wanted.put(
          untagged, LinkConstants.BRIDGE_VLAN_INFO_PVID | LinkConstants.BRIDGE_VLAN_INFO_UNTAGGED);
    }
    NavigableMap<Integer, Integer> present = present(host, port);
    for (Map.Entry<Integer, Integer> vlan : wanted.entrySet()) {
      if (!vlan.getValue().equals(present.get(vlan.getKey()))) {
        return Optional.of(
            "VLAN "
                + vlan.getKey()
                + (present.containsKey(vlan.getKey()) ? " has other flags" : " is missing"));
      }
    }
    for (int vlan : present.keySet()) {
      if (!keepDefault && !wanted.containsKey(vlan)) {
        return Optional.of("VLAN " + vlan + " should not be there");
      }
    }
    return Optional.empty();
  }

  /** Flags of a port's VLANs, PVID and untagged only, by their numbers. */
  private static NavigableMap<Integer, Integer> present(NetlinkTransport host, int port) {
    int kept = LinkConstants.BRIDGE_VLAN_INFO_PVID | LinkConstants.BRIDGE_VLAN_INFO_UNTAGGED;
    NavigableMap<Integer, Integer> flags = new TreeMap<>();
    for (LinkMessage message :
        host.dump(BridgeVlans.list()).stream().map(m -> LinkMessage.decode(m.body())).toList()) {
      if (message.header().index() == port) {
        for (BridgeSpecAttribute.VlanInfo info : BridgeVlans.of(message)) {
          flags.put(info.vlan(), info.flags() & kept);
        }
      }
    }
    return flags;
  }
}
