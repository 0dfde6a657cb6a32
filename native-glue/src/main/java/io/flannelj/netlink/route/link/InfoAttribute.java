package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFLA_INFO_DATA;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_INFO_KIND;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_INFO_SLAVE_DATA;
import static io.flannelj.netlink.route.link.LinkConstants.IFLA_INFO_SLAVE_KIND;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.UnknownAttribute;
import io.flannelj.netlink.route.Attributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Attributes inside IFLA_LINKINFO: IFLA_INFO_*. What the data attributes hold depends on the kind
 * attribute before them; the kernel and {@code ip} always send them in this order.
 */
public sealed interface InfoAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** All attributes to the reader's end. */
  static List<InfoAttribute> list(AttributeReader in) {
    List<InfoAttribute> all = new ArrayList<>();
    String kind = "";
    String slaveKind = "";
    while (in.next()) {
      InfoAttribute attribute = read(in, kind, slaveKind);
      all.add(attribute);
      if (attribute instanceof Kind named) {
        kind = named.name();
        slaveKind = kind.equals(BridgePortData.OLD_KIND) ? BridgeData.KIND : slaveKind;
      } else if (attribute instanceof SlaveKind named) {
        slaveKind = named.name();
      }
    }
    return all;
  }

  private static InfoAttribute read(AttributeReader in, String kind, String slaveKind) {
    return switch (in.type()) {
      case IFLA_INFO_KIND -> new Kind(in.string());
      case IFLA_INFO_SLAVE_KIND -> new SlaveKind(in.string());
      case IFLA_INFO_DATA -> readData(in, kind);
      case IFLA_INFO_SLAVE_DATA ->
          slaveKind.equals(BridgeData.KIND)
              ? in.decode(
                  "IFLA_INFO_SLAVE_DATA of bridge",
                  inner -> new BridgePortData(Attributes.list(inner, BridgePortAttribute::read)))
              : new Other(UnknownAttribute.read(in));
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  private static InfoAttribute readData(AttributeReader in, String kind) {
    return switch (kind) {
      case VxlanData.KIND ->
          in.decode(
              "IFLA_INFO_DATA of vxlan",
              inner -> new VxlanData(Attributes.list(inner, VxlanAttribute::read)));
      case BridgeData.KIND ->
          in.decode(
              "IFLA_INFO_DATA of bridge",
              inner -> new BridgeData(Attributes.list(inner, BridgeAttribute::read)));
      case VethData.KIND ->
          in.decode(
              "IFLA_INFO_DATA of veth",
              inner -> new VethData(Attributes.list(inner, VethAttribute::read)));
      default -> new Other(UnknownAttribute.read(in));
    };
  }

  /**
   * IFLA_INFO_KIND: what the device is.
   *
   * @param name {@code vxlan}, {@code bridge}, {@code veth}, ...
   */
  record Kind(String name) implements InfoAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putString(IFLA_INFO_KIND, name);
    }
  }

  /**
   * IFLA_INFO_SLAVE_KIND: what the device's master is.
   *
   * @param name {@code bridge}, {@code bond}, ...
   */
  record SlaveKind(String name) implements InfoAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.putString(IFLA_INFO_SLAVE_KIND, name);
    }
  }

  /**
   * IFLA_INFO_DATA of kind {@code vxlan}.
   *
   * @param attributes in the order of the message
   */
  record VxlanData(List<VxlanAttribute> attributes) implements InfoAttribute {
    /** The value of IFLA_INFO_KIND. */
    public static final String KIND = "vxlan";

    /** Copies the list. */
    public VxlanData {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_INFO_DATA, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_INFO_DATA of kind {@code bridge}.
   *
   * @param attributes in the order of the message
   */
  record BridgeData(List<BridgeAttribute> attributes) implements InfoAttribute {
    /** The value of IFLA_INFO_KIND, and of IFLA_INFO_SLAVE_KIND of ports. */
    public static final String KIND = "bridge";

    /** Copies the list. */
    public BridgeData {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_INFO_DATA, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_INFO_DATA of kind {@code veth}, in requests only.
   *
   * @param attributes in the order of the message
   */
  record VethData(List<VethAttribute> attributes) implements InfoAttribute {
    /** The value of IFLA_INFO_KIND. */
    public static final String KIND = "veth";

    /** Copies the list. */
    public VethData {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_INFO_DATA, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * IFLA_INFO_SLAVE_DATA of slave kind {@code bridge}.
   *
   * @param attributes in the order of the message
   */
  record BridgePortData(List<BridgePortAttribute> attributes) implements InfoAttribute {
    /**
     * What {@code ip} sends as IFLA_INFO_KIND instead of a slave kind; the kernel looks at neither.
     */
    static final String OLD_KIND = "bridge_slave";

    /** Copies the list. */
    public BridgePortData {
      attributes = List.copyOf(attributes);
    }

    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(IFLA_INFO_SLAVE_DATA, inner -> attributes.forEach(a -> a.writeTo(inner)));
    }
  }

  /**
   * One that we have no type for, data of other kinds included.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements InfoAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
