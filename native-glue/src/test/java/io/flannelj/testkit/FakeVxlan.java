package io.flannelj.testkit;

import io.flannelj.libc.Errno;
import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.route.link.InfoAttribute;
import io.flannelj.netlink.route.link.LinkAttribute;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.link.VxlanAttribute;
import io.flannelj.netlink.route.link.VxlanInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the fake kernel knows of VXLAN devices. */
final class FakeVxlan {
  private static final int DEFAULT_PORT = 8472;
  private static final int LARGEST = 65535;

  private FakeVxlan() {}

  static void create(FakeLinks links, FakeLink link, LinkMessage message) {
    List<VxlanAttribute> asked =
        FakeLinks.info(message, InfoAttribute.VxlanData.class)
            .map(InfoAttribute.VxlanData::attributes)
            .orElse(List.of());
    link.vxlan =
        merge(
            List.of(
                new VxlanAttribute.Ttl(0),
                new VxlanAttribute.Tos(0),
                new VxlanAttribute.Learning(true),
                new VxlanAttribute.Port(DEFAULT_PORT)),
            asked);
    VxlanInfo info = VxlanInfo.of(link.vxlan);
    if (info.vni() == 0 && !info.collectMetadata()) {
      throw new Refusal(Errno.EINVAL, "VXLAN ID is required");
    }
    if (info.underlay() != 0 && links.byIndex(info.underlay()).isEmpty()) {
      throw new Refusal(Errno.ENODEV, "Invalid local interface, device not found");
    }
    for (FakeLink other : links.all()) {
      if (other.isVxlan() && collide(VxlanInfo.of(other.vxlan), info)) {
        throw new Refusal(Errno.EEXIST, "A VXLAN device with the specified VNI already exists");
      }
    }
    link.mtu = info.underlay() == 0 ? link.mtu : maximalMtu(links, link);
  }

  private static boolean collide(VxlanInfo a, VxlanInfo b) {
    return a.vni() == b.vni() && a.port() == b.port() && isIpv6(a) == isIpv6(b);
  }

  private static boolean isIpv6(VxlanInfo info) {
    return !info.local().orElse(Ipv4Address.ANY).isIpv4();
  }

  /** At creation an MTU that does not fit the underlay is cut silently. */
  static void clampMtu(FakeLinks links, FakeLink link, LinkAttribute.Mtu mtu) {
    link.mtu = (int) Math.min(mtu.bytes(), maximalMtu(links, link));
  }

  static int maximalMtu(FakeLinks links, FakeLink link) {
    if (!link.isVxlan()) {
      return link.kind.equals(FakeLink.LOOPBACK) ? Integer.MAX_VALUE : LARGEST;
    }
    VxlanInfo info = VxlanInfo.of(link.vxlan);
    int below = links.byIndex(info.underlay()).map(other -> other.mtu).orElse(LARGEST);
    return below - (isIpv6(info) ? 70 : 50);
  }

  static void requireFit(FakeLinks links, FakeLink link, int mtu) {
    if (mtu > maximalMtu(links, link)) {
      throw link.isVxlan()
          ? new Refusal(Errno.EINVAL)
          : new Refusal(Errno.EINVAL, "mtu greater than device maximum");
    }
  }

  static boolean isAbove(FakeLink link, int underlay) {
    return link.isVxlan() && VxlanInfo.of(link.vxlan).underlay() == underlay;
  }

  static void change(
      FakeLink link, List<VxlanAttribute> attributes, Optional<LinkAttribute.Mtu> mtu) {
    if (!link.isVxlan()) {
      throw new Refusal(Errno.EOPNOTSUPP);
    }
    VxlanInfo before = VxlanInfo.of(link.vxlan);
    List<VxlanAttribute> merged = merge(link.vxlan, attributes);
    VxlanInfo after = VxlanInfo.of(merged);
    if (after.vni() != before.vni()) {
      throw new Refusal(Errno.EOPNOTSUPP, "Cannot change VNI");
    }
    if (after.port() != before.port()) {
      throw new Refusal(Errno.EOPNOTSUPP, "Cannot change port");
    }
    if (mtu.isPresent()) {
      throw new Refusal(Errno.EOPNOTSUPP, "Cannot change mtu");
    }
    link.vxlan = merged;
  }

  private static List<VxlanAttribute> merge(
      List<VxlanAttribute> before, List<VxlanAttribute> news) {
    List<VxlanAttribute> merged = new ArrayList<>(before);
    for (VxlanAttribute attribute : news) {
      merged.removeIf(other -> other.getClass() == attribute.getClass());
      merged.add(attribute);
    }
    return List.copyOf(merged);
  }
}
