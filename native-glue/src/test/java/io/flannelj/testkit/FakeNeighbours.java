package io.flannelj.testkit;

import static io.flannelj.netlink.NetlinkRequest.NLM_F_CREATE;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_EXCL;
import static io.flannelj.netlink.NetlinkRequest.NLM_F_REPLACE;
import static io.flannelj.netlink.route.Rtnetlink.AF_BRIDGE;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_MASTER;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_SELF;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_NOARP;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNICAST;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourAttribute;
import io.flannelj.netlink.route.neighbour.NeighbourHeader;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.NeighbourMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Neighbours by interface and address, forwarding entries by interface, table (own or bridge's),
 * MAC and VLAN. The entries that a bridge makes for its ports' own MACs are left out.
 */
final class FakeNeighbours {
  private record Key(int index, IpAddress address) {}

  private record FdbKey(int index, boolean self, MacAddress mac, int vlan) {}

  private final Map<Key, NeighbourInfo> neighbours = new LinkedHashMap<>();
  private final Map<FdbKey, FdbInfo> fdb = new LinkedHashMap<>();
  private final FakeKernel kernel;

  FakeNeighbours(FakeKernel kernel) {
    this.kernel = kernel;
  }

  List<NeighbourInfo> all() {
    return List.copyOf(neighbours.values());
  }

  List<FdbInfo> allFdb() {
    return List.copyOf(fdb.values());
  }

  void put(NeighbourMessage message, int flags) {
    kernel.links().require(message.header().index());
    if (message.header().family() == AF_BRIDGE) {
      putFdb(FdbInfo.of(message), flags);
      return;
    }
    NeighbourInfo asked = NeighbourInfo.of(message);
    Key key = new Key(asked.index(), asked.address());
    NeighbourInfo before = neighbours.get(key);
    checkFlags(before != null, flags);
    NeighbourInfo entry = before == null ? asked : withProtocolOf(before, asked);
    neighbours.put(key, entry);
    kernel.notify(RTM_NEWNEIGH, describe(entry));
  }

  /** A replacement that names no protocol keeps the one of the entry before. */
  private static NeighbourInfo withProtocolOf(NeighbourInfo before, NeighbourInfo asked) {
    return new NeighbourInfo(
        asked.index(),
        asked.address(),
        asked.mac(),
        asked.state(),
        asked.flags(),
        asked.protocol() == 0 ? before.protocol() : asked.protocol());
  }

  private void putFdb(FdbInfo asked, int flags) {
    boolean self = (asked.flags() & NTF_MASTER) == 0;
    FakeLink link = kernel.links().require(asked.index());
    FakeLink master = link.master;
    if ((self && link.isVxlan() && asked.remote().isEmpty()) || (!self && master == null)) {
      throw new Refusal(self ? Errno.EINVAL : Errno.EOPNOTSUPP);
    }
    if ((asked.state() & (NUD_PERMANENT | NUD_NOARP)) == 0 && self && !link.isVxlan()) {
      throw new Refusal(Errno.EINVAL, "FDB only supports static addresses");
    }
    FdbKey key = new FdbKey(asked.index(), self, asked.mac(), asked.vlan());
    checkFlags(fdb.containsKey(key), flags);
    FdbInfo entry =
        new FdbInfo(
            asked.index(),
            asked.mac(),
            asked.remote(),
            self || master == null ? 0 : master.index,
            asked.state(),
            self ? asked.flags() | NTF_SELF : asked.flags() & ~NTF_MASTER,
            asked.vlan(),
            asked.vni(),
            asked.port(),
            asked.via());
    fdb.put(key, entry);
    kernel.notify(RTM_NEWNEIGH, describe(entry));
  }

  private static void checkFlags(boolean exists, int flags) {
    if (exists && (flags & NLM_F_EXCL) != 0) {
      throw new Refusal(Errno.EEXIST);
    }
    if (exists && (flags & NLM_F_REPLACE) == 0) {
      throw new Refusal(Errno.EEXIST);
    }
    if (!exists && (flags & NLM_F_CREATE) == 0) {
      throw new Refusal(Errno.ENOENT);
    }
  }

  void delete(NeighbourMessage message) {
    NeighbourHeader header = message.header();
    kernel.links().require(header.index());
    if (header.family() != AF_BRIDGE) {
      NeighbourInfo gone = neighbours.remove(new Key(header.index(), addressOf(message)));
      if (gone == null) {
        throw new Refusal(Errno.ENOENT);
      }
      kernel.notify(RTM_DELNEIGH, describe(gone));
      return;
    }
    FdbInfo asked = FdbInfo.of(message);
    boolean self = (asked.flags() & NTF_MASTER) == 0;
    FdbKey key = new FdbKey(asked.index(), self, asked.mac(), asked.vlan());
    FdbInfo found = fdb.get(key);
    if (found == null) {
      throw new Refusal(Errno.ENOENT);
    }
    if (asked.remote().isPresent() && !asked.remote().equals(found.remote())) {
      return;
    }
    fdb.remove(key);
    kernel.notify(RTM_DELNEIGH, describe(found));
  }

  private static IpAddress addressOf(NeighbourMessage message) {
    return message
        .find(NeighbourAttribute.Destination.class)
        .map(NeighbourAttribute.Destination::address)
        .orElseThrow(() -> new Refusal(Errno.EINVAL, "Network address not specified"));
  }

  List<NeighbourMessage> dump(NeighbourMessage filter) {
    int family = filter.header().family();
    if (family == AF_BRIDGE) {
      int index = filter.header().index();
      return fdb.values().stream()
          .filter(entry -> index == 0 || entry.index() == index)
          .map(FakeNeighbours::describe)
          .toList();
    }
    if (filter.header().index() != 0) {
      throw new Refusal(Errno.EINVAL, "Invalid values in header for neighbor dump request");
    }
    int index =
        filter
            .find(NeighbourAttribute.OutputInterface.class)
            .map(NeighbourAttribute.OutputInterface::index)
            .orElse(0);
    return neighbours.values().stream()
        .filter(entry -> index == 0 || entry.index() == index)
        .filter(entry -> family == 0 || family == family(entry.address()))
        .map(FakeNeighbours::describe)
        .toList();
  }

  /** A device that goes down or gets another MAC loses all neighbours, permanent ones too. */
  void flush(int index) {
    for (NeighbourInfo entry : all()) {
      if (entry.index() == index) {
        neighbours.remove(new Key(index, entry.address()));
        kernel.notify(RTM_DELNEIGH, describe(entry));
      }
    }
  }

  void linkGone(FakeLink link) {
    flush(link.index);
    fdb.values().removeIf(entry -> entry.index() == link.index || entry.master() == link.index);
  }

  private static int family(IpAddress address) {
    return address.isIpv4() ? AF_INET : AF_INET6;
  }

  private static NeighbourMessage describe(NeighbourInfo entry) {
    List<NeighbourAttribute> all = new ArrayList<>();
    all.add(new NeighbourAttribute.Destination(entry.address()));
    all.add(new NeighbourAttribute.HardwareAddress(entry.mac()));
    all.add(new NeighbourAttribute.CacheInfo(0, 0, 0, 0));
    all.add(new NeighbourAttribute.Probes(0));
    if (entry.protocol() != 0) {
      all.add(new NeighbourAttribute.Protocol(entry.protocol()));
    }
    return new NeighbourMessage(
        new NeighbourHeader(
            family(entry.address()), entry.index(), entry.state(), entry.flags(), RTN_UNICAST),
        all);
  }

  private static NeighbourMessage describe(FdbInfo entry) {
    List<NeighbourAttribute> all = new ArrayList<>();
    all.add(new NeighbourAttribute.HardwareAddress(entry.mac()));
    entry.remote().ifPresent(remote -> all.add(new NeighbourAttribute.Destination(remote)));
    if (entry.master() != 0) {
      all.add(new NeighbourAttribute.Master(entry.master()));
    }
    if (entry.vlan() != 0) {
      all.add(new NeighbourAttribute.Vlan(entry.vlan()));
    }
    all.add(new NeighbourAttribute.CacheInfo(0, 0, 0, 0));
    return new NeighbourMessage(
        new NeighbourHeader(AF_BRIDGE, entry.index(), entry.state(), entry.flags(), 0), all);
  }
}
