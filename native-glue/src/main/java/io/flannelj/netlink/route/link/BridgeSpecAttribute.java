package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRIDGE_FLAGS;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_BRIDGE_VLAN_INFO;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;

/** Attributes inside IFLA_AF_SPEC of AF_BRIDGE: IFLA_BRIDGE_*. */
public sealed interface BridgeSpecAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static BridgeSpecAttribute read(AttributeReader in) {
    return switch (in.type()) {
      case IFLA_BRIDGE_FLAGS -> new Flags(in.u16());
      case IFLA_BRIDGE_VLAN_INFO -> VlanInfo.read(in);
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFLA_BRIDGE_FLAGS: whether the bridge (BRIDGE_FLAGS_MASTER) or the device itself is meant.
   *
   * @param flags 1 master, 2 self
   */
  record Flags(int flags) implements BridgeSpecAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putU16(IFLA_BRIDGE_FLAGS, flags);
    }
  }

  /**
   * IFLA_BRIDGE_VLAN_INFO: one VLAN of a port, or an end of a range ({@code struct
   * bridge_vlan_info}).
   *
   * @param flags BRIDGE_VLAN_INFO_*
   * @param vlan 1 to 4094
   */
  record VlanInfo(int flags, int vlan) implements BridgeSpecAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_BRIDGE_VLAN_INFO, info -> info.rawShort(flags).rawShort(vlan));
    }

    private static BridgeSpecAttribute read(AttributeReader in) {
      if (in.length() != 4) {
        return new Other(UnknownAttribute.read(in));
      }
      return new VlanInfo(in.value().getShort(0) & 0xffff, in.value().getShort(2) & 0xffff);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements BridgeSpecAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
