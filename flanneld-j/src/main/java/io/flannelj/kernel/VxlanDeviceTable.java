package io.flannelj.kernel;

import io.flannelj.desired.VxlanDevice;
import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VxlanAttribute;
import io.flannelj.netlink.route.link.VxlanInfo;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.reconcile.DeviceTable;
import io.flannelj.sysctl.Sysctl;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The VXLAN device.
 *
 * <p>Key: its name, which is upstream's, so that Go flannel's device is adopted with its MAC. A
 * device of our name but of another kind is foreign: a named error, never deleted. VNI and port
 * cannot be changed, so a device with others is made anew; local address, underlay, learning, MTU
 * and MAC change in place and routes stay. udev or a network manager may change MAC and MTU behind
 * our back or rename the device, and deleting the underlay deletes it. A renamed one keeps VNI and
 * port, which the kernel gives to one device only; it is known by its index or its MAC and gets its
 * name back. If we die between deleting and making, the next start makes it.
 */
public final class VxlanDeviceTable implements DeviceTable {
  private final NetlinkTransport transport;
  private final DeviceIndex index;
  private final Optional<Sysctl> sysctl;

  /** Over rtnetlink; the index found is told to the other tables. */
  public VxlanDeviceTable(NetlinkTransport transport, DeviceIndex index) {
    this(transport, index, Optional.empty());
  }

  /**
   * The same, and a device that is made is set before it comes up.
   *
   * @param sysctl of the same network namespace
   */
  public VxlanDeviceTable(NetlinkTransport transport, DeviceIndex index, Optional<Sysctl> sysctl) {
    this.transport = transport;
    this.index = index;
    this.sysctl = sysctl;
  }

  /** The device of this name, whatever its kind; empty if there is none. */
  public Optional<LinkInfo> find(String name) {
    return Links.show(transport, LinkId.named(name));
  }

  /** As {@link #find}, but changes nothing and tells the index to the other tables. */
  public Optional<LinkInfo> locate(String name) {
    Optional<LinkInfo> found = find(name);
    index.set(found.map(LinkInfo::index).orElse(0));
    return found;
  }

  /** The MAC of a VXLAN device of this name: other nodes know it, so it is kept. */
  public Optional<MacAddress> existingMac(String name) {
    return find(name).filter(link -> link.vxlan().isPresent()).map(LinkInfo::mac);
  }

  @Override
  public Change ensure(VxlanDevice device) {
    Optional<LinkInfo> found = find(device.name());
    Change change = Change.NONE;
    if (found.isPresent() && found.get().vxlan().isEmpty()) {
      index.set(0);
      throw new IllegalStateException(
          "device "
              + device.name()
              + " is of kind \""
              + found.get().kind()
              + "\", not vxlan, and not ours to delete; remove it (ip link delete "
              + device.name()
              + ") or choose another VNI in net-conf.json");
    }
    if (found.isPresent() && !isSameTunnel(device, found.get())) {
      transport.execute(Links.delete(found.get().id()));
      found = Optional.empty();
    }
    if (found.isEmpty()) {
      change = makeOrTakeBack(device);
      found = find(device.name());
    }
    if (change != Change.MADE && adjust(device, found.orElseThrow())) {
      change = Change.CHANGED;
    }
    LinkInfo link = found.orElseThrow();
    if (!link.isUp()) {
      setUp(device, link);
      change = change == Change.NONE ? Change.CHANGED : change;
    }
    index.set(link.index());
    return change;
  }

  private static boolean isSameTunnel(VxlanDevice device, LinkInfo link) {
    VxlanInfo vxlan = link.vxlan().orElseThrow();
    return vxlan.vni() == device.vni()
        && vxlan.port() == device.port()
        && !vxlan.collectMetadata()
        && !vxlan.groupPolicy();
  }

  private Change makeOrTakeBack(VxlanDevice device) {
    try {
      create(device);
      return Change.MADE;
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      Optional<LinkInfo> holder = holder(device);
      boolean ours =
          holder.isPresent()
              && (holder.get().index() == index.get() || holder.get().mac().equals(device.mac()));
      if (!ours) {
        throw new IllegalStateException(
            "another VXLAN device has VNI "
                + device.vni()
                + " on UDP port "
                + device.port()
                + holder
                    .map(link -> ": " + link.name() + "; delete it (ip link delete " + link.name())
                    .orElse("; delete it (ip -d link show type vxlan tells its name")
                + ") or set VNI or Port in net-conf.json ("
                + e.getMessage()
                + ")",
            e);
      }
      LinkNames.give(transport, LinkId.of(holder.get().index()), device.name());
      return Change.CHANGED;
    }
  }

  private void create(VxlanDevice device) {
    transport.execute(
        Links.createVxlan(
            new VxlanSpec(
                device.name(),
                device.mac(),
                device.mtu(),
                device.vni(),
                device.underlayIndex(),
                Optional.of(device.local()),
                device.port(),
                device.learning(),
                false)));
    // Before it is up, or the first router advertisement may be heard, and the link-local address
    // is probed: as long as it is, IPv6 asks for nobody's MAC.
    for (String key : List.of("accept_ra", "accept_dad")) {
      String path = "net/ipv6/conf/" + device.name() + "/" + key;
      sysctl.ifPresent(settings -> settings.writeWherePermitted(path, "0"));
    }
  }

  /** The kernel opens the tunnel's socket only now. */
  private void setUp(VxlanDevice device, LinkInfo link) {
    try {
      transport.execute(Links.setUp(link.id()));
    } catch (NetlinkException e) {
      if (e.errno() == Errno.EADDRINUSE) {
        throw new IllegalStateException(
            "UDP port "
                + device.port()
                + " of "
                + device.name()
                + " is taken by another program of this node: end it (ss -lunp 'sport = "
                + device.port()
                + "' names it), or set another Port in net-conf.json of all nodes ("
                + e.getMessage()
                + ")",
            e);
      }
      throw e;
    }
  }

  /** The kernel keeps tunnels of IPv4 and of IPv6 apart. */
  private Optional<LinkInfo> holder(VxlanDevice device) {
    return transport.dump(Links.listKind("vxlan")).stream()
        .map(LinkInfo::of)
        .filter(link -> link.vxlan().isPresent() && isSameTunnel(device, link))
        .filter(
            link ->
                link.vxlan().get().local().map(IpAddress::isIpv4).orElse(device.local().isIpv4())
                    == device.local().isIpv4())
        .findFirst();
  }

  /**
   * MTU and VXLAN attributes must change in two requests: in one the kernel heeds only one kind.
   */
  private boolean adjust(VxlanDevice device, LinkInfo link) {
    VxlanInfo vxlan = link.vxlan().orElseThrow();
    boolean changed = false;
    List<VxlanAttribute> attributes = new ArrayList<>();
    if (!vxlan.local().equals(Optional.of(device.local()))) {
      attributes.add(VxlanAttribute.local(device.local()));
    }
    if (vxlan.underlay() != device.underlayIndex()) {
      attributes.add(new VxlanAttribute.UnderlayLink(device.underlayIndex()));
    }
    if (vxlan.learning() != device.learning()) {
      attributes.add(new VxlanAttribute.Learning(device.learning()));
    }
    if (!attributes.isEmpty()) {
      transport.execute(Links.setVxlan(link.id(), attributes));
      changed = true;
    }
    if (link.mtu() != device.mtu()) {
      transport.execute(Links.setMtu(link.id(), device.mtu()));
      changed = true;
    }
    if (!link.mac().equals(device.mac())) {
      transport.execute(Links.setMac(link.id(), device.mac()));
      changed = true;
    }
    return changed;
  }
}
