package io.flannelj.daemon;

import io.flannelj.backend.NodeFacts;
import io.flannelj.backend.vxlan.VxlanPlan;
import io.flannelj.config.ConfigException;
import io.flannelj.config.ExternalInterface;
import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.config.Options;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.NodeInterfaces;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.lease.Lease;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/**
 * What has to be found out before there is a plan: the configuration, the external interface, our
 * MAC, our lease.
 */
final class Node {
  private final Options options;
  private final LeaseStore store;
  private final NodeInterfaces interfaces;
  private final VxlanDeviceTable devices;

  Node(Options options, LeaseStore store, NodeInterfaces interfaces, VxlanDeviceTable devices) {
    this.options = options;
    this.store = store;
    this.interfaces = interfaces;
    this.devices = devices;
  }

  /**
   * The basis of plans.
   *
   * @param netConf the cluster's network
   * @param external the interface that carries the tunnel
   * @param mac MAC of our VXLAN device
   * @param lease our lease
   */
  record Basis(NetConf netConf, ExternalInterface external, MacAddress mac, Lease lease) {}

  NetConf readNetConf() {
    Path file = Path.of(options.netConfPath());
    try {
      return NetConfReader.read(Files.readString(file));
    } catch (NoSuchFileException e) {
      throw new ConfigException(
          file
              + " does not exist; write the network there, such as {\"Network\": \"10.244.0.0/16\"},"
              + " or name another file with --net-config-path");
    } catch (IOException e) {
      throw new ConfigException(file + " cannot be read: " + e);
    }
  }

  ExternalInterface chooseInterface(NetConf netConf) {
    ExternalInterface external =
        ExternalInterface.choose(options, interfaces.read(), interfaces::canReach);
    if (netConf.network().contains(external.address())) {
      throw new ConfigException(
          "the node's own address "
              + external.address()
              + " on "
              + external.name()
              + " lies within Network "
              + netConf.network()
              + ": pods and nodes need different networks; change one of them");
    }
    return external;
  }

  /**
   * Our MAC is known to other nodes: that of a device that exists is kept, else that of our lease,
   * so that a device that was lost comes back as the same; else a new one.
   */
  MacAddress chooseMac(NetConf netConf) {
    Optional<MacAddress> existing = devices.existingMac(netConf.vxlan().deviceName());
    if (existing.isPresent()) {
      return existing.get();
    }
    return store
        .findByNode(options.nodeName())
        .flatMap(Lease::vtepMac)
        .filter(MacAddress::isUnicast)
        .orElseGet(Node::randomMac);
  }

  private static MacAddress randomMac() {
    byte[] octets = new byte[MacAddress.LENGTH];
    new SecureRandom().nextBytes(octets);
    octets[0] = (byte) ((octets[0] & 0xfe) | 0x02);
    return MacAddress.of(octets);
  }

  Basis establish() {
    NetConf netConf = readNetConf();
    ExternalInterface external = chooseInterface(netConf);
    MacAddress mac = chooseMac(netConf);
    return new Basis(netConf, external, mac, lease(netConf, external, mac));
  }

  /** Leases, or renews. */
  Lease lease(NetConf netConf, ExternalInterface external, MacAddress mac) {
    return store.acquire(
        new LeaseRequest(
            options.nodeName(),
            netConf,
            external.publicIp(),
            mac,
            SubnetEnv.previousSubnet(Path.of(options.subnetFile()))));
  }

  VxlanPlan plan(Basis basis) {
    ExternalInterface external = basis.external();
    NodeFacts facts =
        new NodeFacts(
            external.name(),
            external.index(),
            external.mtu(),
            external.address(),
            basis.netConf().vxlan().directRouting()
                ? interfaces.onLink(external.index())
                : List.of(),
            basis.lease().subnet(),
            basis.mac());
    TrafficRules rules =
        new TrafficRules(
            basis.netConf().network(),
            basis.lease().subnet(),
            options.ipMasq(),
            options.fullyRandom(),
            options.forwardRules());
    return new VxlanPlan(basis.netConf().vxlan(), facts, rules);
  }
}
