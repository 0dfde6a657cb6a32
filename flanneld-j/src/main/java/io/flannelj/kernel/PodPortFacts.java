package io.flannelj.kernel;

import io.flannelj.netlink.route.link.BridgePortInfo;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;

/**
 * A pod's veth, the host's end, as it was last seen on the bridge.
 *
 * @param name device name
 * @param alias empty for those of Go plugins
 * @param mtu bytes
 * @param hairpin whether frames may leave through the port they came in
 * @param isolated whether frames to other isolated ports are dropped
 */
public record PodPortFacts(String name, String alias, int mtu, boolean hairpin, boolean isolated) {

  static PodPortFacts of(LinkInfo link) {
    return new PodPortFacts(
        link.name(),
        link.alias(),
        link.mtu(),
        link.port().map(BridgePortInfo::hairpin).orElse(false),
        link.port().map(BridgePortInfo::isolated).orElse(false));
  }

  /** The same on a link that is on no bridge, and so tells less. */
  PodPortFacts as(LinkInfo link) {
    return new PodPortFacts(link.name(), link.alias(), link.mtu(), hairpin, isolated);
  }

  static LinkId id(int index) {
    return LinkId.of(index);
  }
}
