package io.flannelj.cni.testkit;

import io.flannelj.cni.pod.AttachmentId;
import io.flannelj.cni.pod.BridgeSettings;
import io.flannelj.cni.pod.Bridges;
import io.flannelj.cni.pod.HostNetwork;
import io.flannelj.cni.pod.PodMac;
import io.flannelj.cni.pod.PodPorts;
import io.flannelj.cni.pod.PortSettings;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A node with the bridge cni0 (10.244.1.1/24) and a host outside: 192.0.2.1 and 192.0.2.2. The host
 * outside has no route to pods.
 */
public final class PodNetwork implements AutoCloseable {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final TestNamespace node = keep(new TestNamespace());
  private final TestNamespace outside = keep(new TestNamespace());
  private final HostNetwork host = keep(HostNetwork.open(node.namespace()));

  /** Makes both. */
  public PodNetwork() {
    node.sh("ip link set lo up");
    node.sh("ip link add up0 type veth peer name eth0 netns " + outside.path());
    node.sh("ip address add 192.0.2.1/24 dev up0");
    node.sh("ip link set up0 up");
    outside.sh("ip address add 192.0.2.2/24 dev eth0");
    outside.sh("ip link set eth0 up");
  }

  /** Closes a resource with this. */
  public <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  /** The node. */
  public TestNamespace node() {
    return node;
  }

  /** The host outside. */
  public TestNamespace outside() {
    return outside;
  }

  /** The node's network as plugins see it. */
  public HostNetwork host() {
    return host;
  }

  /** Attaches a pod by its address without length, with a default route by the bridge. */
  public TestNamespace pod(String container, String address) {
    return attach(
        container, List.of(IpPrefix.parse(address + "/24")), List.of(gateway("10.244.1.1/24")));
  }

  /** The same as 10.244.1.LAST and fd00:10:244:1::LAST; the bridge gets an address of both too. */
  public TestNamespace dualPod(String container, int last) {
    return attach(
        container,
        List.of(
            IpPrefix.parse("10.244.1." + last + "/24"),
            IpPrefix.parse("fd00:10:244:1::" + last + "/64")),
        List.of(gateway("10.244.1.1/24"), gateway("fd00:10:244:1::1/64")));
  }

  private static IpPrefix gateway(String text) {
    return IpPrefix.parse(text);
  }

  private static PortSettings.PodRoute route(IpPrefix gateway) {
    IpPrefix everything = IpPrefix.parse(gateway.isIpv4() ? "0.0.0.0/0" : "::/0");
    return new PortSettings.PodRoute(everything, Optional.of(gateway.address()), 0, 0, 0, 0, -1);
  }

  private TestNamespace attach(
      String container, List<IpPrefix> addresses, List<IpPrefix> gateways) {
    TestNamespace pod = keep(new TestNamespace());
    PortSettings settings =
        new PortSettings(
            1450,
            Optional.of(PodMac.of(addresses.get(0).address())),
            true,
            false,
            addresses,
            gateways.stream().map(PodNetwork::route).toList(),
            true,
            false);
    BridgeSettings bridge = new BridgeSettings("cni0", 1450, false, false, gateways, false);
    LinkInfo cni0 =
        node.namespace()
            .call(() -> host.with(socket -> new Bridges(new Sysctl()).ensure(socket, bridge)));
    try (NetlinkSocket inside = pod.openRoute()) {
      new PodPorts(host)
          .attach(
              new AttachmentId("net", container, "eth0"),
              cni0,
              settings,
              inside,
              pod.namespace().descriptor().number());
    }
    return pod;
  }

  @Override
  public void close() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }
}
