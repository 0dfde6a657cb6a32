package io.flannelj.kernel;

import static io.flannelj.netlink.route.Rtnetlink.AF_BRIDGE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_DELROUTE;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.route.RouteInfo;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Tells which notifications mean that the kernel may differ from what is desired.
 *
 * <p>Our own changes are notified too, and the FDB's notifications do not say who made them. So a
 * notification is judged by its content: what it says is there and is desired so, or is gone and is
 * not desired, is no news. What is not on our devices is none of our business: a pod's ARP state or
 * a foreign veth marks nothing dirty.
 */
public final class EventFilter {
  private static final int RTM_NEWRULE = 32;
  private static final int RTM_DELRULE = 33;
  static final int RTM_NEWNETCONF = 80;
  private static final int NETCONFA_IFINDEX = 1;
  private static final int NETCONFA_FORWARDING = 2;
  private static final int NETCONFA_IFINDEX_ALL = -1;
  private static final int RT_TABLE_MAIN = 254;

  private EventFilter() {}

  /** Whether the message calls for a look at the kernel. */
  public static boolean isNews(NetlinkMessage message, DesiredState desired, int device) {
    return switch (message.type()) {
      case RTM_NEWLINK, RTM_DELLINK -> linkNews(message, desired.device(), device);
      case RTM_NEWADDR, RTM_DELADDR -> addressNews(message, desired, device);
      case RTM_NEWNEIGH, RTM_DELNEIGH ->
          (message.body().get(0) & 0xff) == AF_BRIDGE
              ? forwardingNews(message, desired, device)
              : neighbourNews(message, desired, device);
      case RTM_NEWROUTE, RTM_DELROUTE -> routeNews(message, desired, device);
      case RTM_NEWNETCONF -> {
        OptionalInt off = forwardingOff(message);
        yield off.isPresent()
            && (off.getAsInt() == NETCONFA_IFINDEX_ALL || off.getAsInt() == device);
      }
      case RTM_NEWRULE, RTM_DELRULE -> true;
      default -> false;
    };
  }

  private static boolean linkNews(NetlinkMessage message, VxlanDevice wanted, int device) {
    if (message.body().get(0) != 0) {
      return false;
    }
    int index = message.body().getInt(4);
    if (index == wanted.underlayIndex()) {
      return true;
    }
    LinkInfo link = LinkInfo.of(message);
    if (index != device) {
      return link.name().equals(wanted.name());
    }
    return message.type() == RTM_DELLINK
        || !link.isUp()
        || !link.name().equals(wanted.name())
        || !link.mac().equals(wanted.mac())
        || link.mtu() != wanted.mtu()
        || link.vxlan().isEmpty()
        || link.vxlan().get().learning() != wanted.learning()
        || link.vxlan().get().underlay() != wanted.underlayIndex()
        || !link.vxlan().get().local().equals(Optional.of(wanted.local()));
  }

  private static boolean addressNews(NetlinkMessage message, DesiredState desired, int device) {
    AddressInfo address = AddressInfo.of(message);
    IpAddress local = desired.device().local();
    if (address.prefix().isIpv4() != local.isIpv4()) {
      return false;
    }
    boolean there = message.type() == RTM_NEWADDR;
    if (address.index() == desired.device().underlayIndex()) {
      // Each router advertisement lengthens the life of IPv6 addresses, and each time it is told.
      return local.isIpv4() || !there || !address.prefix().address().equals(local);
    }
    if (address.prefix().address().isLinkLocal() && !local.isIpv4()) {
      return false;
    }
    return address.index() == device && there != address.prefix().equals(desired.address());
  }

  private static boolean neighbourNews(NetlinkMessage message, DesiredState desired, int device) {
    if (message.body().getInt(4) != device) {
      return false;
    }
    NeighbourInfo neighbour = NeighbourInfo.of(message);
    Object wanted = desired.neighbours().get(neighbour.address());
    if (message.type() == RTM_DELNEIGH) {
      return wanted != null;
    }
    if (wanted == null) {
      return neighbour.isPermanent();
    }
    return !neighbour.isPermanent() || !wanted.equals(neighbour.mac());
  }

  private static boolean forwardingNews(NetlinkMessage message, DesiredState desired, int device) {
    if (message.body().getInt(4) != device) {
      return false;
    }
    FdbInfo entry = FdbInfo.of(message);
    IpAddress wanted = desired.forwarding().get(entry.mac());
    if (message.type() == RTM_DELNEIGH) {
      return wanted != null && entry.remote().equals(Optional.of(wanted));
    }
    if (wanted == null) {
      return entry.isPermanent();
    }
    boolean asWanted = entry.isAsDeviceSays() && entry.remote().equals(Optional.of(wanted));
    return !entry.isPermanent() || !asWanted;
  }

  private static boolean routeNews(NetlinkMessage message, DesiredState desired, int device) {
    RouteInfo route = RouteInfo.of(message);
    if (route.table() != RT_TABLE_MAIN) {
      return false;
    }
    if (OnlinkRoutes.isHelper(route)) {
      return false;
    }
    boolean ofUplink = route.destination().length() == 0;
    if (ofUplink || Shadows.isShadow(route, desired)) {
      return true;
    }
    RouteTarget wanted = desired.routes().get(route.destination());
    Optional<RouteInfo.Hop> hop = route.onlyHop();
    boolean onDevice = hop.isPresent() && hop.get().outputInterface() == device;
    boolean asWanted =
        wanted != null
            && hop.isPresent()
            && hop.get().gateway().equals(Optional.of(wanted.gateway()))
            && onDevice == (wanted instanceof RouteTarget.Tunnel)
            && route.isWithoutMetrics();
    if (message.type() == RTM_DELROUTE) {
      return asWanted;
    }
    boolean ours = route.protocol() == Ownership.PROTOCOL;
    return wanted != null ? !asWanted || !ours : onDevice && (ours || hop.get().isOnlink());
  }

  /**
   * Where forwarding was switched off: an interface's index, -1 for all; empty if the message says
   * nothing of the kind. struct netconfmsg is one byte, padded to four.
   */
  static OptionalInt forwardingOff(NetlinkMessage message) {
    int header = 4;
    AttributeReader reader =
        new AttributeReader(message.body().slice(header, message.body().limit() - header));
    OptionalInt device = OptionalInt.empty();
    boolean off = false;
    while (reader.next()) {
      if (reader.type() == NETCONFA_IFINDEX) {
        device = OptionalInt.of(reader.s32());
      } else if (reader.type() == NETCONFA_FORWARDING) {
        off = reader.s32() == 0;
      }
    }
    return off ? device : OptionalInt.empty();
  }
}
