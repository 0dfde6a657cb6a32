package io.flannelj.cni.pod;

import io.flannelj.libc.Files;
import io.flannelj.libc.Libc;
import io.flannelj.libc.NativeException;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netns.NetworkNamespace;
import io.flannelj.sysctl.Sysctl;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A pod attached and taken off in two namespaces of its own, so that the first real ADD of a JVM
 * finds the netlink half of its path loaded. The host's namespace is not touched.
 */
public final class PodRehearsal {
  private static final IpPrefix GATEWAY = IpPrefix.parse("10.244.1.1/24");
  private static final IpPrefix ADDRESS = IpPrefix.parse("10.244.1.2/24");

  private PodRehearsal() {}

  /**
   * Plays it.
   *
   * @param rounds how often the pod comes and goes
   * @param wanted asked before each round
   * @throws NativeException EPERM where the process may not make namespaces
   */
  public static void play(int rounds, BooleanSupplier wanted) {
    try (NetworkNamespace node = newNamespace();
        NetworkNamespace pod = newNamespace();
        HostNetwork host = HostNetwork.open(node);
        NetlinkSocket inside = pod.openNetlink(NetlinkFamily.ROUTE)) {
      BridgeSettings bridge =
          new BridgeSettings("cni0", 1450, false, false, List.of(GATEWAY), false);
      LinkInfo made =
          node.call(() -> host.with(socket -> new Bridges(new Sysctl()).ensure(socket, bridge)));
      PodPorts ports = new PodPorts(host);
      AttachmentId id = new AttachmentId("rehearsal", "rehearsal", "eth0");
      for (int round = 0; round < rounds && wanted.getAsBoolean(); round++) {
        ports.attach(id, made, settings(), inside, pod.descriptor().number());
        ports.find(id).ifPresent(ports::detach);
        ports.forgetNeighbours("cni0", List.of(ADDRESS));
      }
    }
  }

  private static PortSettings settings() {
    PortSettings.PodRoute route =
        new PortSettings.PodRoute(
            IpPrefix.parse("0.0.0.0/0"), Optional.of(GATEWAY.address()), 0, 0, 0, 0, -1);
    return new PortSettings(
        1450,
        Optional.of(PodMac.of(ADDRESS.address())),
        true,
        false,
        List.of(ADDRESS),
        List.of(route),
        true,
        false);
  }

  private static NetworkNamespace newNamespace() {
    return NetworkNamespace.onFreshThread(
        () -> {
          Libc.unshare(Libc.CLONE_NEWNET);
          String path = "/proc/thread-self/ns/net";
          return NetworkNamespace.of(Files.open(path, Files.O_RDONLY, 0), path);
        });
  }
}
