package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.reconcile.KernelTable;
import io.flannelj.sysctl.Sysctl;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The bridge of this node's pods.
 *
 * <p>Key: its name. The plugins make it for the first pod; here it is only kept as it was, and made
 * again when it was deleted under pods. With it go its addresses, its connected route and every
 * port; what another ADD makes meanwhile is as good as ours. One that was renamed gets its name
 * back. It is never removed: which pod may still need it is not known here. An address inside our
 * subnet that is not the gateway is taken off, because the plugins refuse to work beside it; others
 * are foreign.
 *
 * <p>IPv6 addresses vanish when the bridge is set down, when its MTU falls below 1280 bytes and
 * when IPv6 is disabled on it; after the latter two the kernel takes its parameters from {@code
 * default}. A parameter that a container may not change stays as the node has it.
 */
public final class PodBridgeTable implements KernelTable<String, PodBridgeFacts> {
  private static final int IFA_F_NODAD = 0x02;

  private final NetlinkTransport transport;
  private final Sysctl sysctl;
  private final PodBridge bridge;
  private final Set<String> unwritable = new HashSet<>();

  /** For the bridge that was seen. */
  public PodBridgeTable(NetlinkTransport transport, Sysctl sysctl, PodBridge bridge) {
    this.transport = transport;
    this.sysctl = sysctl;
    this.bridge = bridge;
  }

  @Override
  public String name() {
    return "bridge";
  }

  @Override
  public Map<String, PodBridgeFacts> dumpOwned() {
    Map<String, PodBridgeFacts> present = new HashMap<>();
    Optional<String> name = bridge.name();
    Optional<LinkInfo> link = name.flatMap(this::find).or(this::renamed);
    bridge.found(link.map(LinkInfo::index).orElse(0));
    link.ifPresent(
        found ->
            present.put(
                found.name(),
                new PodBridgeFacts(
                    found.mac(),
                    found.mtu(),
                    found.isUp(),
                    addresses(found.index()),
                    sysctls(bridge.network().sysctls(found.name())))));
    return present;
  }

  /** Keys that the kernel lacks are as they should be: IPv6 is off, or comes back with the MTU. */
  private Map<String, String> sysctls(Map<String, String> wanted) {
    Map<String, String> present = new HashMap<>();
    wanted.forEach(
        (key, value) ->
            present.put(key, unwritable.contains(key) ? value : sysctl.read(key).orElse(value)));
    return present;
  }

  private Set<IpPrefix> addresses(int index) {
    PodNetwork network = bridge.network();
    return Addresses.show(transport, AF_UNSPEC, index).stream()
        .map(AddressInfo::prefix)
        .filter(network::holds)
        .collect(Collectors.toSet());
  }

  private Optional<LinkInfo> find(String name) {
    return Links.show(transport, LinkId.named(name)).filter(PodBridgeTable::isBridge);
  }

  /** It carries the gateway's address and the pods' ports under whatever name. */
  private Optional<LinkInfo> renamed() {
    int index = bridge.index();
    return index == 0
        ? Optional.empty()
        : Links.show(transport, LinkId.of(index)).filter(PodBridgeTable::isBridge);
  }

  private static boolean isBridge(LinkInfo link) {
    return link.kind().equals("bridge");
  }

  @Override
  public Map<String, RuntimeException> apply(
      Map<String, PodBridgeFacts> toPut, Map<String, PodBridgeFacts> toRemove) {
    Map<String, RuntimeException> failures = new HashMap<>();
    toPut.forEach(
        (name, wanted) -> {
          try {
            put(name, wanted);
          } catch (RuntimeException e) {
            failures.put(name, e);
          }
        });
    return failures;
  }

  private void put(String name, PodBridgeFacts wanted) {
    Optional<LinkInfo> present = Links.show(transport, LinkId.named(name)).or(() -> giveBack(name));
    if (present.isEmpty() && bridge.ports() == 0) {
      // It went between the plan and the dump, and no pod misses it: the next ADD makes it.
      return;
    }
    LinkInfo link = present.orElseGet(() -> make(name, wanted));
    if (!isBridge(link)) {
      throw new IllegalStateException(
          "device "
              + name
              + " is of kind \""
              + link.kind()
              + "\", not bridge, and not ours to delete; pods need a bridge of that name: ip link"
              + " delete "
              + name);
    }
    if (link.mtu() != wanted.mtu()) {
      transport.execute(Links.setMtu(link.id(), wanted.mtu()));
    }
    if (!link.mac().equals(wanted.mac())) {
      transport.execute(Links.setMac(link.id(), wanted.mac()));
    }
    // Before it is up, or the first router advertisement may be heard; and no address can be put
    // where IPv6 is off.
    wanted.sysctls().forEach(this::set);
    Set<IpPrefix> own = addresses(link.index());
    for (IpPrefix address : wanted.addresses()) {
      if (!own.contains(address)) {
        AddressSpec spec = AddressSpec.of(link.index(), address).withBroadcast();
        transport.execute(Addresses.replace(address.isIpv4() ? spec : spec.withFlags(IFA_F_NODAD)));
      }
    }
    for (IpPrefix other : own) {
      if (!wanted.addresses().contains(other)) {
        transport.execute(Addresses.delete(link.index(), other));
      }
    }
    if (!link.isUp()) {
      transport.execute(Links.setUp(link.id()));
    }
    bridge.found(link.index());
  }

  private Optional<LinkInfo> giveBack(String name) {
    Optional<LinkInfo> renamed = renamed();
    renamed.ifPresent(link -> LinkNames.give(transport, link.id(), name));
    return renamed.flatMap(link -> find(name));
  }

  private LinkInfo make(String name, PodBridgeFacts wanted) {
    transport.execute(
        Links.createBridge(new BridgeSpec(name, Optional.of(wanted.mac()), false, false)));
    return find(name).orElseThrow();
  }

  private void set(String key, String value) {
    boolean differs = sysctl.read(key).filter(present -> !present.equals(value)).isPresent();
    if (differs && !sysctl.writeWherePermitted(key, value)) {
      unwritable.add(key);
    }
  }
}
