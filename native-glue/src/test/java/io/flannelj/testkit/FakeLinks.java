package io.flannelj.testkit;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_PROMISC;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_UP;

import io.flannelj.libc.Errno;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.Attributes;
import io.flannelj.netlink.route.link.BridgePortAttribute;
import io.flannelj.netlink.route.link.InfoAttribute;
import io.flannelj.netlink.route.link.LinkAttribute;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.link.VethAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The links of a fake namespace, by index. What hangs on a link goes with it. */
final class FakeLinks {
  private static final int MINIMAL_MTU = 68;
  private static final Set<String> KINDS = Set.of("dummy", "veth", "bridge", "vxlan");

  private final NavigableMap<Integer, FakeLink> links = new TreeMap<>();
  private final FakeKernel kernel;

  FakeLinks(FakeKernel kernel) {
    this.kernel = kernel;
    FakeLink loopback = new FakeLink(kernel, 1, "lo", FakeLink.LOOPBACK);
    loopback.mtu = 65536;
    links.put(1, loopback);
  }

  List<FakeLink> all() {
    return List.copyOf(links.values());
  }

  List<FakeLink> portsOf(FakeLink bridge) {
    return links.values().stream().filter(link -> link.master == bridge).toList();
  }

  Optional<FakeLink> byIndex(int index) {
    return Optional.ofNullable(links.get(index));
  }

  /** ENODEV if there is none. */
  FakeLink require(int index) {
    return byIndex(index).orElseThrow(() -> new Refusal(Errno.ENODEV));
  }

  private Optional<FakeLink> named(String name) {
    return links.values().stream().filter(link -> link.name.equals(name)).findFirst();
  }

  private Optional<FakeLink> find(LinkMessage message) {
    return message.header().index() != 0
        ? byIndex(message.header().index())
        : message.find(LinkAttribute.Name.class).flatMap(name -> named(name.name()));
  }

  LinkMessage get(LinkMessage request) {
    return find(request).orElseThrow(() -> new Refusal(Errno.ENODEV)).describe();
  }

  List<LinkMessage> dump(LinkMessage filter) {
    int master = filter.find(LinkAttribute.Master.class).map(LinkAttribute.Master::index).orElse(0);
    String kind = kindOf(filter);
    List<LinkMessage> all = new ArrayList<>();
    for (FakeLink link : links.values()) {
      FakeLink bridge = link.master;
      boolean ofMaster = master == 0 || (bridge != null && bridge.index == master);
      if (ofMaster && (kind.isEmpty() || kind.equals(link.kind))) {
        all.add(link.describe());
      }
    }
    return all;
  }

  void put(LinkMessage message, int flags) {
    Optional<FakeLink> existing = find(message);
    if (existing.isPresent()) {
      if ((flags & NLM_F_EXCL) != 0) {
        throw new Refusal(Errno.EEXIST);
      }
      change(existing.get(), message);
    } else if ((flags & NLM_F_CREATE) == 0) {
      throw new Refusal(Errno.ENODEV);
    } else {
      create(message);
    }
  }

  private void create(LinkMessage message) {
    String kind = kindOf(message);
    if (!KINDS.contains(kind)) {
      throw new Refusal(Errno.EOPNOTSUPP, "Unknown device type");
    }
    FakeLinks home = homeOf(message);
    FakeLink peer = null;
    if (kind.equals(InfoAttribute.VethData.KIND)) {
      LinkMessage other =
          info(message, InfoAttribute.VethData.class)
              .flatMap(data -> Attributes.find(data.attributes(), VethAttribute.Peer.class))
              .map(VethAttribute.Peer::link)
              .orElseThrow(() -> new Refusal(Errno.EINVAL, "the fake wants a veth peer"));
      if ((other.header().flags() & IFF_UP) != 0) {
        throw new Refusal(Errno.ENOTCONN);
      }
      home.requireFree(nameOf(message));
      peer = homeOf(other).make(other, kind);
    }
    FakeLink link = home.make(message, kind);
    if (peer != null) {
      link.peer = peer;
      peer.peer = link;
      peer.home.links().changed(peer);
    }
    link.home.links().changed(link);
    message
        .find(LinkAttribute.Master.class)
        .ifPresent(master -> home.enslave(link, master.index()));
    setFlags(link, message);
  }

  private FakeLinks homeOf(LinkMessage message) {
    return message
        .find(LinkAttribute.NetnsDescriptor.class)
        .map(fd -> kernel.namespace(fd.fd()).links())
        .orElse(this);
  }

  private void requireFree(String name) {
    if (named(name).isPresent()) {
      throw new Refusal(Errno.EEXIST);
    }
  }

  private FakeLink make(LinkMessage message, String kind) {
    String name = nameOf(message);
    requireFree(name);
    FakeLink link = new FakeLink(kernel, links.lastKey() + 1, name, kind);
    link.mac = kernel.randomMac();
    if (link.isVxlan()) {
      FakeVxlan.create(this, link, message);
    }
    message.find(LinkAttribute.Mtu.class).ifPresent(mtu -> FakeVxlan.clampMtu(this, link, mtu));
    setMac(link, message);
    message
        .find(LinkAttribute.TransmitQueueLength.class)
        .ifPresent(length -> link.transmitQueueLength = length.packets());
    links.put(link.index, link);
    return link;
  }

  private static void setMac(FakeLink link, LinkMessage message) {
    message
        .find(LinkAttribute.HardwareAddress.class)
        .ifPresent(
            address -> {
              link.mac = address.mac();
              link.macChosen = true;
            });
  }

  private void change(FakeLink link, LinkMessage message) {
    info(message, InfoAttribute.VxlanData.class)
        .ifPresent(
            data ->
                FakeVxlan.change(link, data.attributes(), message.find(LinkAttribute.Mtu.class)));
    info(message, InfoAttribute.BridgePortData.class)
        .ifPresent(data -> changePort(link, data.attributes()));
    setMac(link, message);
    if (message.find(LinkAttribute.HardwareAddress.class).isPresent()) {
      kernel.neighbours().flush(link.index);
    }
    message.find(LinkAttribute.Mtu.class).ifPresent(mtu -> setMtu(link, (int) mtu.bytes()));
    message.find(LinkAttribute.Name.class).ifPresent(name -> rename(link, name.name()));
    message.find(LinkAttribute.Alias.class).ifPresent(alias -> link.alias = alias.alias());
    message.find(LinkAttribute.Master.class).ifPresent(master -> enslave(link, master.index()));
    setFlags(link, message);
    changed(link);
    message
        .find(LinkAttribute.NetnsDescriptor.class)
        .ifPresent(fd -> move(link, kernel.namespace(fd.fd()).links()));
  }

  private void setMtu(FakeLink link, int mtu) {
    if (mtu < MINIMAL_MTU) {
      throw new Refusal(Errno.EINVAL, "mtu less than device minimum");
    }
    FakeVxlan.requireFit(this, link, mtu);
    link.mtu = mtu;
    link.mtuChosen = true;
  }

  private void rename(FakeLink link, String name) {
    if (!link.name.equals(name)) {
      requireFree(name);
      link.name = name;
    }
  }

  private void enslave(FakeLink link, int index) {
    if (index == 0) {
      FakeLink before = link.master;
      link.master = null;
      link.hairpin = false;
      link.isolated = false;
      if (before != null) {
        followPorts(before);
      }
      return;
    }
    FakeLink bridge = byIndex(index).orElseThrow(() -> new Refusal(Errno.EINVAL));
    if (!bridge.isBridge()) {
      throw new Refusal(Errno.EOPNOTSUPP);
    }
    link.master = bridge;
    followPorts(bridge);
  }

  /** A bridge takes the lowest MAC and the least MTU of its ports unless told otherwise. */
  private void followPorts(FakeLink bridge) {
    List<FakeLink> ports = portsOf(bridge);
    if (!bridge.macChosen) {
      bridge.mac =
          ports.stream()
              .map(port -> port.mac)
              .min((a, b) -> Long.compare(a.bits(), b.bits()))
              .orElse(MacAddress.ZERO);
    }
    if (!bridge.mtuChosen) {
      bridge.mtu = ports.stream().mapToInt(port -> port.mtu).min().orElse(1500);
    }
    changed(bridge);
  }

  private static void changePort(FakeLink link, List<BridgePortAttribute> attributes) {
    if (link.master == null) {
      throw new Refusal(Errno.EOPNOTSUPP);
    }
    Attributes.find(attributes, BridgePortAttribute.Hairpin.class)
        .ifPresent(hairpin -> link.hairpin = hairpin.on());
    Attributes.find(attributes, BridgePortAttribute.Isolated.class)
        .ifPresent(isolated -> link.isolated = isolated.on());
  }

  private static void setFlags(FakeLink link, LinkMessage message) {
    int change = message.header().change() & (IFF_UP | IFF_PROMISC);
    boolean wasUp = link.isUp();
    link.flags = (link.flags & ~change) | (message.header().flags() & change);
    if (wasUp != link.isUp()) {
      FakeKernel home = link.home;
      if (link.isUp()) {
        home.addresses().linkUp(link);
      } else {
        home.linkDown(link);
      }
      home.links().changed(link);
      FakeLink peer = link.peer;
      if (peer != null) {
        peer.home.links().changed(peer);
      }
    }
  }

  private void move(FakeLink link, FakeLinks target) {
    if (target == this) {
      return;
    }
    target.requireFree(link.name);
    enslave(link, 0);
    link.flags &= ~IFF_UP;
    forget(link);
    link.home = target.kernel;
    if (target.links.containsKey(link.index)) {
      link.index = target.links.lastKey() + 1;
    }
    target.links.put(link.index, link);
    target.changed(link);
  }

  void delete(LinkMessage message) {
    FakeLink link = find(message).orElseThrow(() -> new Refusal(Errno.ENODEV));
    if (link.kind.equals(FakeLink.LOOPBACK)) {
      throw new Refusal(Errno.EOPNOTSUPP);
    }
    remove(link);
  }

  private void remove(FakeLink link) {
    FakeLink peer = link.peer;
    link.peer = null;
    if (peer != null) {
      peer.peer = null;
      peer.home.links().remove(peer);
    }
    for (FakeLink other : all()) {
      if (other.master == link) {
        enslave(other, 0);
      } else if (FakeVxlan.isAbove(other, link.index)) {
        remove(other);
      }
    }
    enslave(link, 0);
    forget(link);
  }

  private void forget(FakeLink link) {
    kernel.linkGone(link);
    links.remove(link.index);
    kernel.notify(RTM_DELLINK, link.describe());
  }

  void changed(FakeLink link) {
    kernel.notify(RTM_NEWLINK, link.describe());
  }

  private static String nameOf(LinkMessage message) {
    return message
        .find(LinkAttribute.Name.class)
        .map(LinkAttribute.Name::name)
        .orElseThrow(() -> new Refusal(Errno.EINVAL, "the fake wants a name"));
  }

  private static String kindOf(LinkMessage message) {
    return info(message, InfoAttribute.Kind.class).map(InfoAttribute.Kind::name).orElse("");
  }

  static <A extends InfoAttribute> Optional<A> info(LinkMessage message, Class<A> type) {
    return message
        .find(LinkAttribute.Info.class)
        .flatMap(info -> Attributes.find(info.attributes(), type));
  }
}
