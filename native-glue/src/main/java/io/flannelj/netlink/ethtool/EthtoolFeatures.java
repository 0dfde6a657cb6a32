package io.flannelj.netlink.ethtool;

import static io.flannelj.netlink.ethtool.EthtoolConstants.CTRL_ATTR_FAMILY_ID;
import static io.flannelj.netlink.ethtool.EthtoolConstants.CTRL_ATTR_FAMILY_NAME;
import static io.flannelj.netlink.ethtool.EthtoolConstants.CTRL_CMD_GETFAMILY;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_BITSET_BITS;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_BITSET_BITS_BIT;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_BITSET_BIT_NAME;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_BITSET_BIT_VALUE;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_FEATURES_ACTIVE;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_FEATURES_HEADER;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_FEATURES_WANTED;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_HEADER_DEV_INDEX;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_A_HEADER_FLAGS;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_FLAG_OMIT_REPLY;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_MSG_FEATURES_GET;
import static io.flannelj.netlink.ethtool.EthtoolConstants.ETHTOOL_MSG_FEATURES_SET;
import static io.flannelj.netlink.ethtool.EthtoolConstants.GENL_ID_CTRL;

import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;

/**
 * Features of the devices in one namespace, over a socket of {@code NetlinkFamily.GENERIC} opened
 * there. Kernels from 5.7, with CONFIG_ETHTOOL_NETLINK.
 */
public final class EthtoolFeatures {
  /** Checksums of outgoing packets, the feature that broken underlays want off. */
  public static final String TX_CHECKSUM_IP_GENERIC = "tx-checksum-ip-generic";

  private static final int GENL_HEADER = 4;

  private final NetlinkTransport generic;
  private final int family;

  /**
   * Asks for ethtool's number.
   *
   * @throws NetlinkException ENOENT if the kernel has no ethtool netlink
   */
  public EthtoolFeatures(NetlinkTransport generic) {
    this.generic = generic;
    NetlinkMessage answer =
        generic.query(
            new NetlinkRequest(
                "look up the generic netlink family ethtool",
                GENL_ID_CTRL,
                0,
                out -> {
                  header(out, CTRL_CMD_GETFAMILY);
                  out.putString(CTRL_ATTR_FAMILY_NAME, "ethtool");
                }));
    AttributeReader in = attributes(answer);
    int found = 0;
    while (in.next()) {
      if (in.type() == CTRL_ATTR_FAMILY_ID) {
        found = in.u16();
      }
    }
    if (found == 0) {
      throw new DecodeException("generic netlink family ethtool: answer without number");
    }
    family = found;
  }

  /**
   * {@code ethtool -k}: the names of the features that are on.
   *
   * @param index interface index
   * @throws NetlinkException ENODEV if there is no such interface
   */
  public Set<String> active(int index) {
    NetlinkMessage answer =
        generic.query(
            new NetlinkRequest(
                "ethtool -k index " + index,
                family,
                0,
                out -> {
                  header(out, ETHTOOL_MSG_FEATURES_GET);
                  out.nested(
                      ETHTOOL_A_FEATURES_HEADER,
                      device -> device.putU32(ETHTOOL_A_HEADER_DEV_INDEX, index));
                }));
    Set<String> names = new TreeSet<>();
    AttributeReader in = attributes(answer);
    while (in.next()) {
      if (in.type() == ETHTOOL_A_FEATURES_ACTIVE) {
        in.nested("ETHTOOL_A_FEATURES_ACTIVE", set -> readBits(set, names));
      }
    }
    return names;
  }

  private static void readBits(AttributeReader set, Set<String> names) {
    if (set.type() == ETHTOOL_A_BITSET_BITS) {
      set.nested(
          "ETHTOOL_A_BITSET_BITS", bit -> bit.nested("BIT", field -> readName(field, names)));
    }
  }

  private static void readName(AttributeReader field, Set<String> names) {
    if (field.type() == ETHTOOL_A_BITSET_BIT_NAME) {
      names.add(field.string());
    }
  }

  /**
   * {@code ethtool -K}: wishes a feature on or off. The device may refuse silently; {@link #active}
   * tells what came of it.
   *
   * @param index interface index
   * @param feature the kernel's name (net/ethtool/common.c), such as {@value
   *     #TX_CHECKSUM_IP_GENERIC}
   * @throws NetlinkException ENODEV without interface, EOPNOTSUPP or EINVAL for a feature that the
   *     kernel does not know
   */
  public void set(int index, String feature, boolean on) {
    generic.execute(
        new NetlinkRequest(
            "ethtool -K index " + index + " " + feature + (on ? " on" : " off"),
            family,
            0,
            out -> {
              header(out, ETHTOOL_MSG_FEATURES_SET);
              out.nested(
                  ETHTOOL_A_FEATURES_HEADER,
                  device -> {
                    device.putU32(ETHTOOL_A_HEADER_DEV_INDEX, index);
                    device.putU32(ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_OMIT_REPLY);
                  });
              out.nested(ETHTOOL_A_FEATURES_WANTED, set -> writeBit(set, feature, on));
            }));
  }

  private static void writeBit(AttributeWriter set, String feature, boolean on) {
    set.nested(
        ETHTOOL_A_BITSET_BITS,
        bits ->
            bits.nested(
                ETHTOOL_A_BITSET_BITS_BIT,
                bit -> {
                  bit.putString(ETHTOOL_A_BITSET_BIT_NAME, feature);
                  if (on) {
                    bit.putFlag(ETHTOOL_A_BITSET_BIT_VALUE);
                  }
                }));
  }

  /** {@code struct genlmsghdr}: u8 command, u8 version, u16 reserved. */
  private static void header(AttributeWriter out, int command) {
    out.rawByte(command).rawByte(1).rawShort(0);
  }

  private static AttributeReader attributes(NetlinkMessage message) {
    ByteBuffer body = message.body();
    if (body.remaining() < GENL_HEADER) {
      throw new DecodeException(
          "genlmsghdr has " + body.remaining() + " bytes, needs " + GENL_HEADER);
    }
    return new AttributeReader(
        body.slice(body.position() + GENL_HEADER, body.remaining() - GENL_HEADER));
  }
}
