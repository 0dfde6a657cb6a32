package io.flannelj.daemon;

import io.flannelj.backend.NodeFacts;
import io.flannelj.backend.vxlan.VxlanPlan;
import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.config.ConfigException;
import io.flannelj.config.ExternalInterface;
import io.flannelj.config.InterfaceChoice;
import io.flannelj.config.Interfaces;
import io.flannelj.config.NetConf;
import io.flannelj.config.Options;
import io.flannelj.config.SubnetPool;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.KernelLimits;
import io.flannelj.kernel.NodeInterfaces;
import io.flannelj.kernel.VxlanDeviceTable;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.LeaseStore;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.lastgood.LastGood;
import io.flannelj.sysctl.Sysctl;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final WithoutStore withoutStore;
  private final FormerPods formerPods;
  private final NetConfSource netConfSource;

  Node(
      Options options,
      LeaseStore store,
      NodeInterfaces interfaces,
      VxlanDeviceTable devices,
      WithoutStore withoutStore,
      FormerPods formerPods) {
    this.formerPods = formerPods;
    this.withoutStore = withoutStore;
    this.netConfSource = new NetConfSource(Path.of(options.netConfPath()), store, withoutStore);
    this.options = options;
    this.store = store;
    this.interfaces = interfaces;
    this.devices = devices;
  }

  /**
   * The basis of plans.
   *
   * @param netConf the cluster's network, in the families that this kernel has
   * @param external the interface that carries the tunnel
   * @param macs MACs of our VXLAN devices
   * @param lease our lease
   * @param limits what does not work for want of something in the kernel
   */
  record Basis(
      NetConf netConf,
      ExternalInterface external,
      Map<AddressFamily, MacAddress> macs,
      Lease lease,
      List<String> limits) {
    Basis with(ExternalInterface newExternal, Lease newLease) {
      return new Basis(netConf, newExternal, macs, newLease, limits);
    }
  }

  /** Text of the configuration in force. */
  String netConfText() {
    return netConfSource.text();
  }

  /** What is to be told of the configuration; empty if it is as it should be. */
  String netConfNote() {
    return netConfSource.note();
  }

  /** Looks whether the configuration has been changed meanwhile; that is told, no more. */
  void lookAtNetConf() {
    netConfSource.look();
  }

  ExternalInterface chooseInterface(NetConf netConf) {
    Interfaces present = interfaces.read(netConf.families());
    ExternalInterface external =
        new InterfaceChoice(store.advised(options.interfaces()), netConf.families(), present)
            .choose(address -> interfaces.canReach(address, present));
    for (SubnetPool pool : netConf.pools()) {
      IpAddress address = external.endpoint(pool.family()).address();
      if (pool.network().contains(address)) {
        throw new ConfigException(
            "the node's own address "
                + address
                + " on "
                + external.name()
                + " lies within Network "
                + pool.network()
                + ": pods and nodes need different networks; change one of them");
      }
    }
    return external;
  }

  /** The interface that was chosen before, if it is up and has its addresses still. */
  Optional<ExternalInterface> stillThere(ExternalInterface before) {
    List<AddressFamily> families =
        before.endpoints().stream().map(end -> AddressFamily.of(end.address())).toList();
    List<IpAddress> addresses =
        before.endpoints().stream().map(ExternalInterface.Endpoint::address).toList();
    return interfaces
        .read(families)
        .byName(before.name())
        .filter(found -> found.index() == before.index() && interfaces.isUp(found.index()))
        .filter(found -> found.addresses().containsAll(addresses))
        .map(
            found ->
                new ExternalInterface(
                    found.name(), found.index(), found.mtu(), before.endpoints()));
  }

  /**
   * Our MAC is known to other nodes: that of a device that exists is kept, else that of our lease,
   * so that a device that was lost comes back as the same; else a new one. A lease for another
   * address may be that of another node of the same name, such as the one this was copied from.
   */
  MacAddress chooseMac(NetConf netConf, ExternalInterface external, AddressFamily family) {
    Optional<MacAddress> existing = devices.existingMac(netConf.vxlan().deviceName(family));
    if (existing.isPresent()) {
      return existing.get();
    }
    Optional<Lease> own = withoutStore.lastGood().map(LastGood::own);
    return (own.isPresent() ? own : store.findByNode(identity(external)))
        .flatMap(lease -> lease.half(family))
        .filter(lease -> lease.publicIp().equals(external.endpoint(family).publicIp()))
        .flatMap(Lease::vtepMac)
        .filter(MacAddress::isUnicast)
        .orElseGet(Node::randomMac);
  }

  private NodeIdentity identity(ExternalInterface external) {
    return new NodeIdentity(
        options.nodeName(),
        external.endpoints().stream().map(ExternalInterface.Endpoint::publicIp).toList());
  }

  private static MacAddress randomMac() {
    byte[] octets = new byte[MacAddress.LENGTH];
    new SecureRandom().nextBytes(octets);
    octets[0] = (byte) ((octets[0] & 0xfe) | 0x02);
    return MacAddress.of(octets);
  }

  /**
   * How a node starts.
   *
   * @param basis of the first plan
   * @param leases known without the store, empty if our lease is fresh
   * @param problem of the store, empty if our lease is fresh
   */
  record Start(Basis basis, LeaseSnapshot leases, String problem) {}

  /**
   * Finds out everything, and leases. Where the store cannot give us our lease, the last good
   * snapshot does, else what can still be read in the store itself.
   */
  Start establish() {
    NetConf configured = netConfSource.read();
    KernelLimits kernel = KernelLimits.read(new Sysctl());
    NetConf netConf = kernel.ipv6() ? configured : configured.without(AddressFamily.IPV6);
    if (netConf.families().isEmpty()) {
      throw new ConfigException(
          "net-conf.json enables IPv6 only, and this kernel has none: boot it without"
              + " ipv6.disable=1, or enable IPv4");
    }
    ExternalInterface external = chooseInterface(netConf);
    List<String> limits = kernel.texts(configured.families());
    try {
      Map<AddressFamily, MacAddress> macs = new EnumMap<>(AddressFamily.class);
      netConf.families().forEach(family -> macs.put(family, chooseMac(netConf, external, family)));
      Lease lease = store.acquire(request(netConf, external, macs));
      return new Start(
          new Basis(netConf, external, macs, lease, limits), LeaseSnapshot.UNKNOWN, "");
    } catch (StoreException e) {
      Optional<LastGood> last = withoutStore.lastGood();
      Lease lease =
          (last.isPresent() ? last.map(LastGood::own) : findInStore(external, e))
              .filter(found -> isOf(netConf, found))
              .orElseThrow(() -> e);
      Map<AddressFamily, MacAddress> macs = new EnumMap<>(AddressFamily.class);
      netConf.families().forEach(family -> macs.put(family, formerMac(netConf, lease, family)));
      return new Start(
          new Basis(netConf, external, macs, lease, limits),
          last.map(LastGood::snapshot).orElse(LeaseSnapshot.UNKNOWN),
          String.valueOf(e.getMessage()));
    }
  }

  private Optional<Lease> findInStore(ExternalInterface external, StoreException first) {
    try {
      return store.findByNode(identity(external));
    } catch (StoreException e) {
      first.addSuppressed(e);
      return Optional.empty();
    }
  }

  /** Whether a lease has a subnet of each family of the configuration, out of its pools. */
  private static boolean isOf(NetConf netConf, Lease lease) {
    return netConf.pools().stream()
        .allMatch(
            pool ->
                lease.half(pool.family()).filter(half -> pool.accepts(half.subnet())).isPresent());
  }

  private MacAddress formerMac(NetConf netConf, Lease lease, AddressFamily family) {
    return devices
        .existingMac(netConf.vxlan().deviceName(family))
        .or(() -> lease.half(family).flatMap(Lease::vtepMac))
        .orElseGet(Node::randomMac);
  }

  /** What is asked of the store to lease, or to renew. */
  LeaseRequest request(Basis basis) {
    return request(basis.netConf(), basis.external(), basis.macs());
  }

  private LeaseRequest request(
      NetConf netConf, ExternalInterface external, Map<AddressFamily, MacAddress> macs) {
    List<LeaseRequest.Half> halves = new ArrayList<>();
    for (SubnetPool pool : netConf.pools()) {
      AddressFamily family = pool.family();
      halves.add(
          new LeaseRequest.Half(
              pool,
              external.endpoint(family).publicIp(),
              Objects.requireNonNull(macs.get(family), "each family has a device"),
              SubnetEnv.previousSubnet(Path.of(options.subnetFile()), family)));
    }
    return new LeaseRequest(options.nodeName(), netConf.vxlan().vni(), halves);
  }

  /** Whether other nodes know us by the addresses that we have. */
  static boolean isAnnounced(ExternalInterface external, Lease lease) {
    return external.endpoints().stream()
        .allMatch(
            endpoint ->
                lease
                    .half(AddressFamily.of(endpoint.address()))
                    .filter(half -> half.publicIp().equals(endpoint.publicIp()))
                    .isPresent());
  }

  /**
   * The families' plans.
   *
   * @param possible of the families that can be planned
   * @param problem why the others cannot, empty if there are none
   */
  record Plans(List<VxlanPlan> possible, String problem) {
    /** Of all families; throws if there is one that cannot be planned. */
    List<VxlanPlan> all() {
      if (!problem.isEmpty()) {
        throw new ConfigException(problem);
      }
      return possible;
    }
  }

  /** One for each family. */
  Plans plans(Basis basis) {
    List<SubnetPool> pools = basis.netConf().pools();
    List<IpPrefix> held = formerPods.held(pools, basis.lease());
    List<VxlanPlan> possible = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (SubnetPool pool : pools) {
      VxlanPlan plan = plan(basis, pool, held);
      if (plan.mtu() < VxlanSettings.leastMtu(plan.family())) {
        problems.add(hasNoRoom(plan));
      } else {
        possible.add(plan);
      }
    }
    return new Plans(List.copyOf(possible), String.join("; ", problems));
  }

  /** A Backend MTU that is too small was refused with the configuration, so it is the uplink's. */
  private static String hasNoRoom(VxlanPlan plan) {
    AddressFamily family = plan.family();
    String uplink = plan.facts().underlay();
    int least = VxlanSettings.leastMtu(family);
    return family
        + " does not fit through the tunnel: "
        + uplink
        + " has an MTU of "
        + plan.facts().underlayMtu()
        + " bytes, which leaves "
        + plan.mtu()
        + " of at least "
        + least
        + ": ip link set "
        + uplink
        + " mtu "
        + (least + VxlanSettings.overhead(family))
        + ", or more";
  }

  private VxlanPlan plan(Basis basis, SubnetPool pool, List<IpPrefix> held) {
    ExternalInterface external = basis.external();
    AddressFamily family = pool.family();
    IpPrefix subnet = basis.lease().half(family).orElseThrow().subnet();
    NodeFacts facts =
        new NodeFacts(
            external.name(),
            external.index(),
            external.mtu(),
            external.endpoint(family).address(),
            basis.netConf().vxlan().directRouting()
                ? interfaces.onLink(family, external.index())
                : List.of(),
            subnet,
            Objects.requireNonNull(basis.macs().get(family), "each family has a device"),
            family == AddressFamily.IPV6 && hearsRouters(external.name()),
            held);
    TrafficRules rules =
        new TrafficRules(
            pool.network(),
            subnet,
            options.traffic().ipMasq(),
            options.traffic().fullyRandom(),
            options.traffic().forwardRules());
    return new VxlanPlan(basis.netConf().vxlan(), facts, rules);
  }

  /** 1 is heard by hosts that do not forward, 2 by all. */
  private static boolean hearsRouters(String device) {
    Sysctl sysctl = new Sysctl();
    String accept = sysctl.read("net/ipv6/conf/" + device + "/accept_ra").orElse("0");
    String forwarding = sysctl.read("net/ipv6/conf/" + device + "/forwarding").orElse("1");
    return accept.equals("2") || (accept.equals("1") && forwarding.equals("0"));
  }
}
