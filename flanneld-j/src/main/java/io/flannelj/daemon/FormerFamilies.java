package io.flannelj.daemon;

import io.flannelj.config.NetConf;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device of a family that was switched off in the configuration: it goes at a start, and its
 * routes, neighbours and FDB with it, or pods' packets would go on through a tunnel that nobody
 * keeps. Key: the name that this family's device has; one of another kind, VNI or family is
 * foreign.
 */
final class FormerFamilies {
  private static final Logger LOG = LoggerFactory.getLogger(FormerFamilies.class);

  private FormerFamilies() {}

  /** Removes what is there of families that are not in the configuration. */
  static void remove(NetlinkTransport kernel, NetConf netConf) {
    for (AddressFamily family : AddressFamily.values()) {
      if (!netConf.families().contains(family)) {
        try {
          remove(kernel, netConf, family);
        } catch (NetlinkException e) {
          LOG.warn("what is left of {} stays: {}", family, e.getMessage());
        }
      }
    }
  }

  private static void remove(NetlinkTransport kernel, NetConf netConf, AddressFamily family) {
    String name = netConf.vxlan().deviceName(family);
    Optional<LinkInfo> link = Links.show(kernel, LinkId.named(name));
    if (link.isPresent() && isOurs(link.get(), netConf.vxlan().vni(), family)) {
      kernel.execute(Links.delete(link.get().id()));
      LOG.info("{} is switched off: {} is removed with all its routes", family, name);
    }
  }

  private static boolean isOurs(LinkInfo link, int vni, AddressFamily family) {
    return link.vxlan()
        .filter(vxlan -> vxlan.vni() == vni)
        .flatMap(vxlan -> vxlan.local())
        .filter((IpAddress local) -> AddressFamily.of(local) == family)
        .isPresent();
  }
}
