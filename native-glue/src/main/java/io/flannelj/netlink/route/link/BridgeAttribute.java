package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BR_AGEING_TIME;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BR_MCAST_SNOOPING;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BR_STP_STATE;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BR_VLAN_DEFAULT_PVID;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BR_VLAN_FILTERING;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;

/** Attributes of kind {@code bridge}: IFLA_BR_* inside IFLA_INFO_DATA. */
public sealed interface BridgeAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static BridgeAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case IFLA_BR_AGEING_TIME -> new AgeingTime(in.u32());
      case IFLA_BR_STP_STATE -> new SpanningTree(in.u32());
      case IFLA_BR_VLAN_FILTERING -> new VlanFiltering(in.u8() != 0);
      case IFLA_BR_MCAST_SNOOPING -> new MulticastSnooping(in.u8() != 0);
      case IFLA_BR_VLAN_DEFAULT_PVID -> new DefaultVlan(in.u16());
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFLA_BR_AGEING_TIME: lifetime of learned entries.
   *
   * @param centiseconds hundredths of a second
   */
  record AgeingTime(long centiseconds) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_BR_AGEING_TIME, centiseconds);
    }
  }

  /**
   * IFLA_BR_STP_STATE: whether the spanning tree protocol runs.
   *
   * @param state 0 off, 1 in the kernel, 2 in user space
   */
  record SpanningTree(long state) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU32(IFLA_BR_STP_STATE, state);
    }
  }

  /**
   * IFLA_BR_VLAN_FILTERING: whether frames are filtered by VLAN.
   *
   * @param on whether it is on
   */
  record VlanFiltering(boolean on) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BR_VLAN_FILTERING, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BR_MCAST_SNOOPING: whether multicast groups are snooped.
   *
   * @param on whether it is on
   */
  record MulticastSnooping(boolean on) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU8(IFLA_BR_MCAST_SNOOPING, on ? 1 : 0);
    }
  }

  /**
   * IFLA_BR_VLAN_DEFAULT_PVID: VLAN of untagged frames on new ports.
   *
   * @param vlan 0: none
   */
  record DefaultVlan(int vlan) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU16(IFLA_BR_VLAN_DEFAULT_PVID, vlan);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements BridgeAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
