package io.flannelj.store.kubernetes;

import io.flannelj.config.KubernetesOptions;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.StorePlace;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.Relay;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The Nodes of a real API server, all of them removed at first, reached by a way that can be cut.
 * It does what the kubelet and the controller manager do: node N has the pod CIDRs 10.244.N.0/24
 * and fd00:10:244:N::/64.
 */
final class KubernetesPlace implements StorePlace {
  static final String PREFIX = "flannel.alpha.coreos.com/";
  private static final String NODES = "/api/v1/nodes";

  private final ApiServer server;
  private final Relay relay;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  KubernetesPlace(ApiServer server) {
    this.server = server;
    this.relay = new Relay(server.endpoint());
    server.admin().delete(NODES).orThrow();
  }

  /** Lines that stores had logged. */
  List<String> reports() {
    return reports;
  }

  @Override
  public LeaseStore open(String node) {
    return store(server, URI.create(relay.url()), node, reports);
  }

  /** As the daemon of a node has it, with flannel's rights. */
  static KubernetesStore store(ApiServer server, URI url, String node, List<String> reports) {
    KubernetesOptions options =
        new KubernetesOptions(
            url.toString(),
            server.kubeconfig(server.flannelToken()).toString(),
            "flannel.alpha.coreos.com",
            true,
            "",
            "");
    return new KubernetesStore(options, Map.of(), node, reports::add);
  }

  @Override
  public void admit(String node) {
    if (!exists(node)) {
      String number = node.replaceAll("\\D", "");
      server.createNode(
          node,
          "192.0.2." + number,
          List.of("10.244." + number + ".0/24", "fd00:10:244:" + number + "::/64"),
          Map.of());
    }
  }

  private boolean exists(String node) {
    return server.admin().get(NODES + "/" + node).status() == 200;
  }

  /** What the daemon of a node writes. */
  static Map<String, String> annotations(Lease lease) {
    return annotations(
        lease.publicIp().toString(),
        "{\"VNI\":"
            + lease.vni()
            + lease.vtepMac().map(mac -> ",\"VtepMAC\":\"" + mac + "\"").orElse("")
            + "}");
  }

  static Map<String, String> annotations(String publicIp, String backendData) {
    Map<String, String> written = new HashMap<>();
    written.put(PREFIX + "kube-subnet-manager", "true");
    written.put(PREFIX + "backend-type", "vxlan");
    written.put(PREFIX + "backend-data", backendData);
    written.put(PREFIX + "public-ip", publicIp);
    return written;
  }

  /** A pod CIDR that was given cannot be changed: another one is another Node. */
  private void write(String node, IpPrefix subnet, Map<String, String> annotations) {
    if (exists(node)) {
      server.deleteNode(node);
    }
    server.createNode(node, "192.0.2.99", List.of(subnet.toString()), annotations);
  }

  @Override
  public void write(Lease lease) {
    write(lease.node(), lease.subnet(), annotations(lease));
  }

  @Override
  public void writeEnding(Lease lease) {
    throw new UnsupportedOperationException("a Node does not end by itself");
  }

  @Override
  public void writeMalformed(IpPrefix subnet) {
    String number = subnet.toString().split("\\.", -1)[2];
    write("node" + number, subnet, annotations("192.0.2.66", "{\"VNI\":12"));
  }

  @Override
  public void remove(Lease lease) {
    server.deleteNode(lease.node());
  }

  @Override
  public boolean isReserved(IpPrefix subnet) {
    throw new UnsupportedOperationException("no Node is kept for a subnet");
  }

  @Override
  public void whileAway(Runnable work) {
    relay.cut();
    work.run();
    relay.restore();
  }

  /** The lease of a node, as its annotations are now. */
  Optional<Lease> announced(String node) {
    try (KubernetesStore store = store(server, server.endpoint(), node, reports)) {
      return store.findByNode(new io.flannelj.store.NodeIdentity(node, List.of()));
    }
  }

  @Override
  public void close() {
    relay.close();
  }
}
