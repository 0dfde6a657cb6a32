package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_UNSPEC;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;

import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * The bridge of this node's pods and their veths as they were last seen well: what must be there
 * again when a foreign hand has changed or deleted them.
 *
 * <p>The plugins make the bridge, with the name, MAC and MTU of their configuration, so the daemon
 * learns it: it is the bridge that carries the gateway address of our subnet. A pod's veth is a
 * port of it whose other end is in another namespace, whoever made it; a foreign tap or a veth of
 * this namespace is none. A port that was moved to another bridge is forgotten. The DEL of a pod
 * first sets its veth down, then takes it off the bridge, then deletes it: whether a port without
 * bridge is a wound or a DEL is known only once the kernel is asked whether it still exists.
 *
 * <p>The kernel does not tell a process that starts what a bridge was that is gone, nor which veths
 * were its ports. Others remember it; that is asked for once, at the first look.
 *
 * <p>Written by the monitoring thread and by the reconciling one.
 */
public final class PodBridge {
  private static final String VETH = "veth";
  private static final String BRIDGE = "bridge";

  private record Known(String name, int index, MacAddress mac, int mtu, boolean likeTunnel) {
    Known at(int newIndex) {
      return new Known(name, newIndex, mac, mtu, likeTunnel);
    }
  }

  private final Map<Integer, PodPortFacts> ports = new HashMap<>();
  private final Map<Integer, PodPortFacts> putting = new HashMap<>();
  private Optional<Known> known = Optional.empty();
  private PodNetwork network = PodNetwork.NONE;
  private boolean overtaken;
  private boolean recalled;
  private boolean keepsFormer;
  private Optional<String> formerName = Optional.empty();
  private Function<PodNetwork, Optional<RememberedBridge>> memory = now -> Optional.empty();

  /** Has the first look ask there for what was before. */
  public synchronized void recallFrom(Function<PodNetwork, Optional<RememberedBridge>> source) {
    memory = source;
  }

  /** What the next process will have to know; empty before there is a bridge. */
  public synchronized Optional<RememberedBridge> toRemember() {
    return known.map(
        bridge ->
            new RememberedBridge(
                bridge.name(), bridge.mac(), bridge.mtu(), bridge.likeTunnel(), ports));
  }

  /** Notifications were lost: what is attached must be looked up again. */
  synchronized void lost() {
    overtaken = true;
  }

  /**
   * Looks for the bridge and its ports, unless the notifications told all of it.
   *
   * @param now what pods get from now on
   */
  public synchronized void look(NetlinkTransport kernel, PodNetwork now) {
    boolean first = known.isEmpty();
    network = now;
    if (first) {
      for (AddressInfo address : Addresses.show(kernel, AF_UNSPEC, 0)) {
        if (now.gateways().contains(address.prefix())) {
          Links.show(kernel, LinkId.of(address.index()))
              .filter(link -> link.kind().equals(BRIDGE))
              .ifPresent(this::learn);
        }
      }
    }
    if (!recalled) {
      recalled = true;
      memory.apply(now).ifPresent(before -> recall(kernel, before));
    }
    if ((first || overtaken) && known.isPresent() && index() != 0) {
      lookAtPorts(kernel, index());
    }
    overtaken = false;
  }

  /** A bridge that nobody's pod was on is left as it is. */
  private void recall(NetlinkTransport kernel, RememberedBridge before) {
    if (known.isPresent() && !known.get().name().equals(before.name())) {
      return;
    }
    Optional<LinkInfo> bridge =
        Links.show(kernel, LinkId.named(before.name())).filter(link -> link.kind().equals(BRIDGE));
    formerName = bridge.map(LinkInfo::name);
    int index = bridge.map(LinkInfo::index).orElse(0);
    Map<Integer, PodPortFacts> found = new HashMap<>();
    before
        .ports()
        .forEach(
            (number, port) ->
                Links.show(kernel, LinkId.of(number))
                    .filter(link -> isPort(link, port.name()))
                    .filter(link -> link.master() == 0 || link.master() == index)
                    .ifPresent(link -> found.put(number, port.as(link))));
    if (known.isPresent() || !found.isEmpty()) {
      known =
          Optional.of(
              new Known(before.name(), index, before.mac(), before.mtu(), before.likeTunnel()));
      ports.putAll(found);
    }
  }

  /** An interface's number may be another's by now. */
  private static boolean isPort(LinkInfo link, String name) {
    return link.name().equals(name) && link.kind().equals(VETH) && link.underlayElsewhere();
  }

  private void learn(LinkInfo link) {
    boolean likeTunnel = link.mtu() == network.mtu();
    known = Optional.of(new Known(link.name(), link.index(), link.mac(), link.mtu(), likeTunnel));
  }

  /** Those that are gone are forgotten when they cannot be put. */
  private void lookAtPorts(NetlinkTransport kernel, int bridge) {
    for (NetlinkMessage message : kernel.dump(Links.listPorts(bridge))) {
      LinkInfo port = LinkInfo.of(message);
      if (isPodsPort(port, bridge)) {
        ports.put(port.index(), PodPortFacts.of(port));
      }
    }
  }

  private static boolean isPodsPort(LinkInfo link, int bridge) {
    return link.master() == bridge && link.kind().equals(VETH) && link.underlayElsewhere();
  }

  /** Whether an address stays on it only as long as certain pods do. */
  synchronized void keepsFormerGateway(boolean keeps) {
    keepsFormer = keeps;
  }

  synchronized PodNetwork network() {
    return network;
  }

  /** Name of the bridge, empty before there is one. */
  synchronized Optional<String> name() {
    return known.map(Known::name);
  }

  /** Name of the bridge, or of one that was the pods' before our subnet changed. */
  synchronized Optional<String> nameOrFormer() {
    return known.isPresent() ? name() : formerName;
  }

  /** Its index, 0 while it is missing. */
  synchronized int index() {
    return known.map(Known::index).orElse(0);
  }

  synchronized void found(int index) {
    known = known.map(bridge -> bridge.at(index));
  }

  /** What the bridge must be, by name; nothing where no pod needs it. */
  public synchronized Map<String, PodBridgeFacts> wantedBridge() {
    if (known.isEmpty() || (known.get().index() == 0 && ports.isEmpty())) {
      return Map.of();
    }
    return Map.of(known.get().name(), wanted(known.get()));
  }

  private PodBridgeFacts wanted(Known bridge) {
    int mtu = bridge.likeTunnel() ? network.mtu() : bridge.mtu();
    return new PodBridgeFacts(
        bridge.mac(), mtu, true, network.gateways(), network.sysctls(bridge.name()));
  }

  /** The pods' veths that must be ports, by interface index. */
  public synchronized Map<Integer, PodPortFacts> wantedPorts() {
    return Map.copyOf(ports);
  }

  /** Their names, by interface index; empty before the first look at the kernel. */
  public synchronized Optional<Map<Integer, String>> portNames() {
    if (!recalled) {
      return Optional.empty();
    }
    Map<Integer, String> names = new HashMap<>();
    ports.forEach((index, port) -> names.put(index, port.name()));
    return Optional.of(names);
  }

  synchronized void forgetPort(int index) {
    putting.remove(index);
    ports.remove(index);
  }

  /** How many pods have another MTU than new ones get. */
  public synchronized int portsWithOtherMtu() {
    return (int) ports.values().stream().filter(port -> port.mtu() != network.mtu()).count();
  }

  /** What new pods get, bytes. */
  public synchronized int mtu() {
    return network.mtu();
  }

  /** How many pods are attached. */
  public synchronized int ports() {
    return ports.size();
  }

  /**
   * Takes in what a notification says; tells whether it calls for a look at the kernel.
   *
   * @param exists asks the kernel whether a link exists
   */
  public boolean isNews(NetlinkMessage message, IntPredicate exists) {
    return switch (message.type()) {
      case RTM_NEWLINK, RTM_DELLINK ->
          message.body().get(0) == AF_UNSPEC
              && linkNews(LinkInfo.of(message), message.type() == RTM_DELLINK, exists);
      case RTM_NEWADDR, RTM_DELADDR ->
          addressNews(AddressInfo.of(message), message.type() == RTM_NEWADDR);
      case EventFilter.RTM_NEWNETCONF -> isOffAt(EventFilter.forwardingOff(message));
      default -> false;
    };
  }

  private synchronized boolean isOffAt(OptionalInt device) {
    return device.isPresent() && known.isPresent() && known.get().index() == device.getAsInt();
  }

  private boolean linkNews(LinkInfo link, boolean gone, IntPredicate exists) {
    synchronized (this) {
      if (known.isEmpty()) {
        return false;
      }
      Known bridge = known.get();
      if (link.index() == bridge.index() || link.name().equals(bridge.name())) {
        return bridgeNews(bridge, link, gone);
      }
      if (gone) {
        putting.remove(link.index());
        return ports.remove(link.index()) != null && keepsFormer;
      }
      if (bridge.index() != 0 && isPodsPort(link, bridge.index())) {
        takeOver(link);
        if (link.isUp()) {
          return false;
        }
      } else if (!ports.containsKey(link.index())) {
        return false;
      } else if (link.master() != 0) {
        ports.remove(link.index());
        return false;
      }
    }
    return exists.test(link.index());
  }

  /**
   * A port is first made a port and then set, so the first notification of our own doing shows its
   * flags off; they must not be taken for what is wanted, nor remembered.
   */
  private void takeOver(LinkInfo link) {
    PodPortFacts told = PodPortFacts.of(link);
    PodPortFacts own = putting.get(link.index());
    if (own == null || (own.hairpin() == told.hairpin() && own.isolated() == told.isolated())) {
      putting.remove(link.index());
      ports.put(link.index(), told);
    }
  }

  /** This port is about to be put back on the bridge. */
  synchronized void putting(int index, PodPortFacts facts) {
    putting.put(index, facts);
  }

  private boolean bridgeNews(Known bridge, LinkInfo link, boolean gone) {
    if (gone) {
      known = Optional.of(link.index() == bridge.index() ? bridge.at(0) : bridge);
      return !ports.isEmpty();
    }
    PodBridgeFacts wanted = wanted(bridge);
    return link.index() != bridge.index()
        || !link.name().equals(bridge.name())
        || !link.isUp()
        || !link.mac().equals(wanted.mac())
        || link.mtu() != wanted.mtu();
  }

  private synchronized boolean addressNews(AddressInfo address, boolean there) {
    boolean gateway = network.gateways().contains(address.prefix());
    if (known.isEmpty()) {
      return there && gateway;
    }
    if (there && network.isFormerGateway(address.prefix())) {
      return true;
    }
    return address.index() == known.get().index()
        && gateway != there
        && network.holds(address.prefix());
  }
}
