package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_ISOLATED;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_LEARNING;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_MODE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_NEIGH_SUPPRESS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_STATE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRPORT_UNICAST_FLOOD;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;

/**
 * Attributes of a bridge port: IFLA_BRPORT_*, in IFLA_INFO_SLAVE_DATA of slave kind {@code bridge}
 * and in IFLA_PROTINFO of AF_BRIDGE.
 */
public sealed interface BridgePortAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static BridgePortAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case IFLA_BRPORT_STATE -> new State(in.u8());
      case IFLA_BRPORT_MODE -> new Hairpin(in.u8() != 0);
      case IFLA_BRPORT_LEARNING -> new Learning(in.u8() != 0);
      case IFLA_BRPORT_UNICAST_FLOOD -> new UnicastFlood(in.u8() != 0);
      case IFLA_BRPORT_NEIGH_SUPPRESS -> new NeighbourSuppression(in.u8() != 0);
      case IFLA_BRPORT_ISOLATED -> new Isolated(in.u8() != 0);
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFLA_BRPORT_STATE: spanning tree state.
   *
   * @param state BR_STATE_*
   */
  record State(int state) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_STATE, state);
    }
  }

  /**
   * IFLA_BRPORT_MODE: whether frames may leave through the port they came in.
   *
   * @param on whether it is on
   */
  record Hairpin(boolean on) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_MODE, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BRPORT_LEARNING: whether source MACs are learned.
   *
   * @param on whether it is on
   */
  record Learning(boolean on) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_LEARNING, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BRPORT_UNICAST_FLOOD: whether frames to unknown MACs are sent here.
   *
   * @param on whether it is on
   */
  record UnicastFlood(boolean on) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_UNICAST_FLOOD, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BRPORT_NEIGH_SUPPRESS: whether ARP and ND are answered from the neighbour table.
   *
   * @param on whether it is on
   */
  record NeighbourSuppression(boolean on) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_NEIGH_SUPPRESS, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BRPORT_ISOLATED: whether frames to other isolated ports are dropped.
   *
   * @param on whether it is on
   */
  record Isolated(boolean on) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BRPORT_ISOLATED, on ? 1 : 0);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements BridgePortAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
