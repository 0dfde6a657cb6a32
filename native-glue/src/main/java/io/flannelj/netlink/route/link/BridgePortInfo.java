package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.BR_STATE_DISABLED;

import io.flannelj.netlink.route.Attributes;
import java.util.List;

/**
 * A bridge port's properties as the kernel describes them.
 *
 * @param state BR_STATE_*
 * @param hairpin whether frames may leave through the port they came in
 * @param isolated whether frames to other isolated ports are dropped
 */
public record BridgePortInfo(int state, boolean hairpin, boolean isolated) {

  /** From the attributes of a message. */
  public static BridgePortInfo of(List<BridgePortAttribute> attributes) {
    return new BridgePortInfo(
        Attributes.find(attributes, BridgePortAttribute.State.class)
            .map(BridgePortAttribute.State::state)
            .orElse(BR_STATE_DISABLED),
        Attributes.find(attributes, BridgePortAttribute.Hairpin.class)
            .map(BridgePortAttribute.Hairpin::on)
            .orElse(false),
        Attributes.find(attributes, BridgePortAttribute.Isolated.class)
            .map(BridgePortAttribute.Isolated::on)
            .orElse(false));
  }
}
