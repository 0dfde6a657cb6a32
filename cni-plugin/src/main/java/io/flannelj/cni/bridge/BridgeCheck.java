package io.flannelj.cni.bridge;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.pod.Bridges;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.ArrayList;
import java.util.List;

/** What CHECK looks at: bridge, pod's end, its port on the bridge, its addresses. */
final class BridgeCheck {
  private BridgeCheck() {}

  static void run(
      PluginContext c, BridgeConf conf, CniResult previous, HostNetwork host, PodNamespace pod) {
    LinkInfo bridge =
        host.with(socket -> Bridges.find(socket, conf.bridge()))
            .filter(link -> link.kind().equals("bridge"))
            .orElseThrow(
                () -> failure("Interface " + conf.bridge() + " does not have link type of bridge"));
    String name = c.environment().ifName();
    LinkInfo inside =
        Bridges.find(pod.rtnetlink(), name)
            .orElseThrow(() -> failure("Interface name " + name + " not found"));
    if (!inside.kind().equals("veth")) {
      throw failure("Error: Container interface " + name + " not of type veth");
    }
    for (CniResult.Interface known : previous.interfaces()) {
      boolean ours = known.name().equals(name) && known.sandbox().equals(c.environment().netns());
      if (ours && !known.mac().isEmpty() && !known.mac().equals(inside.mac().toString())) {
        throw failure(
            "Interface " + name + " Mac " + inside.mac() + " doesn't match " + known.mac());
      }
    }
    checkPort(host, bridge, inside);
    checkAddresses(previous, pod, inside, name);
  }

  private static void checkPort(HostNetwork host, LinkInfo bridge, LinkInfo inside) {
    LinkInfo port =
        host.with(socket -> LinkInfo.of(socket.query(Links.get(LinkId.of(inside.underlay())))));
    if (port.master() != bridge.index()) {
      throw failure("CNI veth created for bridge " + bridge.name() + " was not found");
    }
  }

  private static void checkAddresses(
      CniResult previous, PodNamespace pod, LinkInfo inside, String name) {
    List<IpPrefix> present = new ArrayList<>();
    for (NetlinkMessage message : pod.rtnetlink().dump(Addresses.list(AF_UNSPEC, inside.index()))) {
      AddressInfo address = AddressInfo.of(message);
      if (address.index() == inside.index()) {
        present.add(address.prefix());
      }
    }
    for (CniResult.Ip ip : previous.ips()) {
      int index = ip.interfaceIndex().orElse(-1);
      boolean ours =
          index < 0
              || index >= previous.interfaces().size()
              || previous.interfaces().get(index).name().equals(name);
      if (ours && !present.contains(ip.address())) {
        throw failure("Failed to match addr " + ip.address() + " on interface " + name);
      }
    }
  }

  private static CniError failure(String text) {
    return new CniError(CniError.INTERNAL, text);
  }
}
