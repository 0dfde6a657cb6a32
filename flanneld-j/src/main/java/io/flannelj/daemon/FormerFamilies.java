package io.flannelj.daemon;

import io.flannelj.config.NetConf;
import io.flannelj.kernel.ForwardTable;
import io.flannelj.kernel.RulesTable;
import io.flannelj.libc.NativeException;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left of a family that was switched off in the configuration goes at a start. The device,
 * and its routes, neighbours and FDB with it, or pods' packets would go on through a tunnel that
 * nobody keeps; key: the name that this family's device has; one of another kind, VNI or family is
 * foreign. Our nftables table and our rules in iptables-nft's FORWARD, or they would accept and
 * masquerade for a network that is no more; keys: the table's name, the rules' comment.
 */
final class FormerFamilies {
  private static final Logger LOG = LoggerFactory.getLogger(FormerFamilies.class);

  private FormerFamilies() {}

  /** Removes what is there of families that are not in the configuration. */
  static void remove(NetlinkTransport kernel, NetlinkTransport netfilter, NetConf netConf) {
    for (AddressFamily family : AddressFamily.values()) {
      if (!netConf.families().contains(family)) {
        try {
          remove(kernel, netConf, family);
          removeRules(netfilter, family);
        } catch (NativeException | IllegalStateException e) {
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

  private static void removeRules(NetlinkTransport netfilter, AddressFamily family) {
    if (RulesTable.remove(netfilter, family)) {
      LOG.info("{} is switched off: our nftables table of it is removed", family);
    }
    if (ForwardTable.remove(netfilter, family)) {
      LOG.info("{} is switched off: our rules of it in filter FORWARD are removed", family);
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
