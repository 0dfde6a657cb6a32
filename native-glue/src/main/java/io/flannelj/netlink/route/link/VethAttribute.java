package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.VETH_INFO_PEER;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.codec.UnknownAttribute;

/** Attributes of kind {@code veth}: VETH_INFO_* inside IFLA_INFO_DATA. */
public sealed interface VethAttribute {
  /** Writes the attribute with its header. */
  void writeTo(AttributeWriter out);

  /** The attribute that the reader stands on. */
  static VethAttribute read(AttributeReader in) {
    if (in.type() != VETH_INFO_PEER) {
      return new Other(UnknownAttribute.read(in));
    }
    try {
      return new Peer(LinkMessage.decode(in.value()));
    } catch (DecodeException e) {
      throw new DecodeException("VETH_INFO_PEER", e);
    }
  }

  /**
   * VETH_INFO_PEER: the other end, a link message of its own ({@code struct ifinfomsg} and
   * attributes). Of its attributes the kernel heeds name, MAC, MTU, queue, index and namespace, but
   * not the master.
   *
   * @param link the other end
   */
  record Peer(LinkMessage link) implements VethAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      out.attribute(VETH_INFO_PEER, link);
    }
  }

  /**
   * One that we have no type for.
   *
   * @param attribute its bytes
   */
  record Other(UnknownAttribute attribute) implements VethAttribute {
    @Override
    public void writeTo(AttributeWriter out) {
      attribute.write(out);
    }
  }
}
