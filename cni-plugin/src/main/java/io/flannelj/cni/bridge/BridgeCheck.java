package io.flannelj.cni.bridge;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CniError;
import io.flannelj.cni.CniResult;
import io.flannelj.cni.PluginContext;
import io.flannelj.cni.PodNamespace;
import io.flannelj.cni.pod.Bridges;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.pod.VlanGateway;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgePortInfo;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What CHECK of the bridge plugin looks at: all that ADD made, with one question for each kind of
 * object and no more. What later plugins of the list added is none of its business.
 *
 * <p>The MAC of the bridge is not compared: another plugin's bridge changes it with its ports.
 */
final class BridgeCheck {
  private final PluginContext c;
  private final BridgeConf conf;
  private final CniResult previous;
  private final HostNetwork host;
  private final PodNamespace pod;
  private final String name;

  BridgeCheck(
      PluginContext c, BridgeConf conf, CniResult previous, HostNetwork host, PodNamespace pod) {
    this.c = c;
    this.conf = conf;
    this.previous = previous;
    this.host = host;
    this.pod = pod;
    this.name = c.environment().ifName();
  }

  /**
   * Fails with code 999 unless links, addresses, routes and VLANs are there.
   *
   * @return the host's end
   */
  LinkInfo run() {
    LinkInfo bridge = bridge();
    LinkInfo inside = inside();
    LinkInfo port = port(bridge, inside);
    List<IpPrefix> addresses = new ArrayList<>();
    for (CniResult.Ip ip : previous.ips()) {
      if (isOurs(ip)) {
        addresses.add(ip.address());
      }
    }
    List<IpPrefix> present = addresses(pod.rtnetlink(), inside.index());
    for (IpPrefix address : addresses) {
      if (!present.contains(address)) {
        throw failure("Failed to match addr " + address + " on interface " + name);
      }
    }
    if (conf.containerInterface()) {
      PodRoutes.check(pod.rtnetlink(), previous.routes());
    }
    checkGateways(bridge);
    return port;
  }

  private LinkInfo bridge() {
    LinkInfo bridge =
        host.with(socket -> Bridges.find(socket, conf.bridge()))
            .orElseThrow(
                () ->
                    failure(
                        "CNI created bridge "
                            + conf.bridge()
                            + " in host namespace was not found"));
    if (!bridge.kind().equals("bridge")) {
      throw failure("Interface " + conf.bridge() + " does not have link type of bridge");
    }
    if (!bridge.isUp()) {
      throw failure("Bridge interface " + conf.bridge() + " is down");
    }
    if (conf.promiscuous() && !bridge.isPromiscuous()) {
      throw failure(
          "Bridge interface "
              + conf.bridge()
              + " configured Promisc Mode true doesn't match current state: false");
    }
    return bridge;
  }

  private LinkInfo inside() {
    Optional<CniResult.Interface> known = Optional.empty();
    for (CniResult.Interface end : previous.interfaces()) {
      // The host may have an interface of that name too: its sandbox is empty.
      if (end.name().equals(name) && !end.sandbox().isEmpty()) {
        known = Optional.of(end);
      }
    }
    if (known.isPresent() && !known.get().sandbox().equals(c.environment().netns())) {
      throw failure(
          "Sandbox in prevResult "
              + known.get().sandbox()
              + " doesn't match configured netns: "
              + c.environment().netns());
    }
    LinkInfo inside =
        Bridges.find(pod.rtnetlink(), name)
            .orElseThrow(() -> failure("Interface name " + name + " not found"));
    if (!inside.kind().equals("veth")) {
      throw failure("Error: Container interface " + name + " not of type veth");
    }
    String mac = known.map(CniResult.Interface::mac).orElse("");
    if (!mac.isEmpty() && !mac.equals(inside.mac().toString())) {
      throw failure("Interface " + name + " Mac " + inside.mac() + " doesn't match " + mac);
    }
    if (conf.containerInterface() && !inside.isUp()) {
      throw failure("Interface " + name + " is down");
    }
    return inside;
  }

  private LinkInfo port(LinkInfo bridge, LinkInfo inside) {
    Optional<LinkInfo> port =
        inside.underlay() == 0
            ? Optional.empty()
            : host.with(socket -> Links.show(socket, LinkId.of(inside.underlay())));
    if (port.isEmpty()
        || !port.get().kind().equals("veth")
        || port.get().underlay() != inside.index()
        || port.get().master() != bridge.index()) {
      throw failure("CNI veth created for bridge " + bridge.name() + " was not found");
    }
    if (!port.get().isUp()) {
      throw failure("Interface " + port.get().name() + " is down");
    }
    BridgePortInfo flags = port.get().port().orElseThrow();
    if (flags.hairpin() != conf.hairpin()) {
      throw failure(port.get().name() + " has hairpin mode " + flags.hairpin());
    }
    if (flags.isolated() != conf.isolated()) {
      throw failure(port.get().name() + " has port isolation " + flags.isolated());
    }
    if (!conf.vlans().isPlain()) {
      host.with(socket -> conf.vlans().port().difference(socket, port.get().index()))
          .ifPresent(
              difference -> {
                throw failure(port.get().name() + ": " + difference);
              });
    }
    return port.get();
  }

  private boolean isOurs(CniResult.Ip ip) {
    int index = ip.interfaceIndex().orElse(-1);
    return index < 0
        || index >= previous.interfaces().size()
        || previous.interfaces().get(index).name().equals(name);
  }

  private void checkGateways(LinkInfo bridge) {
    if (!conf.gateway() || previous.ips().isEmpty()) {
      return;
    }
    LinkInfo carrier = conf.vlans().vlan() == 0 ? bridge : vlanGateway(bridge);
    List<IpPrefix> present = host.with(socket -> addresses(socket, carrier.index()));
    for (CniResult.Ip ip : previous.ips()) {
      if (isOurs(ip) && ip.gateway().isPresent()) {
        IpPrefix gateway = new IpPrefix(ip.gateway().get(), ip.address().length());
        if (!present.contains(gateway)) {
          throw failure("gateway address " + gateway + " is missing on " + carrier.name());
        }
      }
    }
  }

  private LinkInfo vlanGateway(LinkInfo bridge) {
    int vlan = conf.vlans().vlan();
    String name = VlanGateway.name(bridge.name(), vlan);
    LinkInfo end =
        host.with(socket -> Bridges.find(socket, name))
            .orElseThrow(
                () ->
                    failure("Interface " + name + ", the gateway of VLAN " + vlan + ", not found"));
    host.with(
            socket -> VlanGateway.difference(socket, bridge, end, vlan, conf.vlans().keepDefault()))
        .ifPresent(
            difference -> {
              throw failure(
                  "Interface " + name + ", the gateway of VLAN " + vlan + ", " + difference);
            });
    return end;
  }

  private static List<IpPrefix> addresses(NetlinkTransport kernel, int index) {
    List<IpPrefix> present = new ArrayList<>();
    for (NetlinkMessage message : kernel.dump(Addresses.list(AF_UNSPEC, index))) {
      AddressInfo address = AddressInfo.of(message);
      if (address.index() == index) {
        present.add(address.prefix());
      }
    }
    return present;
  }

  /** What is missing of an attachment. */
  static CniError missing(String what, Attachment attachment) {
    return failure("rules of " + what + " for " + attachment + " are missing");
  }

  static CniError failure(String text) {
    return new CniError(CniError.INTERNAL, text);
  }
}
