package io.flannelj.cni.bridge;

import io.flannelj.cni.CniError;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.pod.GatewayConflictException;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.pod.VlanGateway;
import io.flannelj.libc.Errno;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The gateway address of a subnet that the node had before: it goes as soon as no pod uses it, and
 * its connected route with it, which would lead away from the node that has the subnet now.
 */
final class FormerSubnet {
  private static final int ATTEMPTS = 4;
  private static final int MOST_NAMED = 5;

  private final PluginContext c;
  private final HostNetwork host;
  private final Attachments attachments;

  FormerSubnet(PluginContext c, HostNetwork host, Attachments attachments) {
    this.c = c;
    this.host = host;
    this.attachments = attachments;
  }

  /**
   * Makes a bridge, or its end in a VLAN; costs nothing where nothing is in the way.
   *
   * @param bridge whose ports the pods are
   * @throws CniError code 999 naming who still uses the address that is in the way, and the remedy
   */
  LinkInfo outOfTheWay(String bridge, Supplier<LinkInfo> making) {
    int attempt = 0;
    while (true) {
      try {
        return making.get();
      } catch (GatewayConflictException e) {
        attempt++;
        if (attempt == ATTEMPTS || !isGateway(e.other())) {
          throw e;
        }
        List<String> users = users(bridge, e.bridge(), e.other());
        if (!users.isEmpty()) {
          throw inUse(e, users);
        }
        remove(e.bridge(), e.other());
      }
    }
  }

  /** The first address of its subnet: what this plugin and the reference give to a bridge. */
  private static boolean isGateway(IpPrefix address) {
    return address.address().equals(address.masked().address().plus(1));
  }

  /** Ports whose pods have addresses of a subnet, or of which that cannot be told. */
  private List<String> users(String bridge, LinkInfo gateway, IpPrefix subnet) {
    Map<String, List<AttachmentRecord>> known = new HashMap<>();
    for (AttachmentRecord record : attachments.all(c.files())) {
      known.computeIfAbsent(record.hostVeth(), name -> new ArrayList<>()).add(record);
    }
    List<String> users = new ArrayList<>();
    int index =
        host.with(socket -> Links.show(socket, LinkId.named(bridge)))
            .map(LinkInfo::index)
            .orElse(gateway.index());
    for (LinkInfo port :
        host.with(
            socket -> socket.dump(Links.listPorts(index)).stream().map(LinkInfo::of).toList())) {
      if (VlanGateway.isPort(port)) {
        continue;
      }
      List<AttachmentRecord> records =
          known.getOrDefault(port.name(), List.of()).stream()
              .filter(record -> record.hostIndex() == port.index())
              .toList();
      if (records.isEmpty()) {
        users.add("whoever is behind " + port.name());
      }
      for (AttachmentRecord record : records) {
        if (subnet.contains(record.ip())) {
          users.add(record.ip() + " of " + record.attachment());
        }
      }
    }
    return users;
  }

  private static CniError inUse(GatewayConflictException e, List<String> users) {
    int named = Math.min(users.size(), MOST_NAMED);
    return new CniError(
        CniError.INTERNAL,
        String.valueOf(e.getMessage()),
        e.other()
            + " is the gateway of a former subnet and may still be used by "
            + String.join(", ", users.subList(0, named))
            + (named < users.size() ? " and " + (users.size() - named) + " more" : "")
            + ": delete these pods, then it is taken away by the next ADD");
  }

  private void remove(LinkInfo bridge, IpPrefix address) {
    c.log(
        "bridge: "
            + bridge.name()
            + " gives up "
            + address
            + ", the gateway of a former subnet that no pod uses");
    try {
      host.with(
          socket -> {
            socket.execute(Addresses.delete(bridge.index(), address));
            return true;
          });
    } catch (NetlinkException e) {
      // Another ADD was faster.
      if (e.errno() != Errno.EADDRNOTAVAIL) {
        throw e;
      }
    }
  }
}
