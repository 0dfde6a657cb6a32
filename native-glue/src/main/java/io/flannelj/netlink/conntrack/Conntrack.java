package io.flannelj.netlink.conntrack;

import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_FILTER;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_FILTER_F_CTA_PROTO_DST_PORT;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_FILTER_F_CTA_PROTO_NUM;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_FILTER_ORIG_FLAGS;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_FILTER_REPLY_FLAGS;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_PROTO_DST_PORT;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_PROTO_NUM;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_ORIG;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_PROTO;
import static io.flannelj.netlink.conntrack.ConntrackConstants.IPCTNL_MSG_CT_DELETE;
import static io.flannelj.netlink.conntrack.ConntrackConstants.IPCTNL_MSG_CT_GET;

import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.nftables.NfGenHeader;
import java.util.ArrayList;
import java.util.List;

/** Requests about connections, in the words of {@code conntrack}; on a NETFILTER socket. */
public final class Conntrack {
  /** NFPROTO_IPV4. */
  public static final int NFPROTO_IPV4 = 2;

  /** NFPROTO_IPV6. */
  public static final int NFPROTO_IPV6 = 10;

  private Conntrack() {}

  /**
   * {@code conntrack -L -p PROTOCOL --orig-port-dst PORT}. The kernel filters from 5.8 on; an older
   * one answers with all entries, so {@link #show} filters again.
   *
   * @param family NFPROTO_IPV4 or NFPROTO_IPV6
   * @param protocol IPPROTO_*
   * @param port destination port of the first packet
   */
  public static NetlinkRequest list(int family, int protocol, int port) {
    return new NetlinkRequest(
        "conntrack -L -p " + protocol + " --orig-port-dst " + port,
        IPCTNL_MSG_CT_GET,
        0,
        out -> {
          NfGenHeader.encode(out, family, 0);
          out.nested(
              CTA_TUPLE_ORIG,
              tuple ->
                  tuple.nested(
                      CTA_TUPLE_PROTO,
                      proto -> {
                        proto.putU8(CTA_PROTO_NUM, protocol);
                        proto.putU16BigEndian(CTA_PROTO_DST_PORT, port);
                      }));
          out.nested(
              CTA_FILTER,
              filter -> {
                filter.putU32(
                    CTA_FILTER_ORIG_FLAGS,
                    CTA_FILTER_F_CTA_PROTO_NUM | CTA_FILTER_F_CTA_PROTO_DST_PORT);
                filter.putU32(CTA_FILTER_REPLY_FLAGS, 0);
              });
        });
  }

  /**
   * The connections to a port, as their first packet asked for it.
   *
   * @throws NetlinkException EINVAL from a kernel without ctnetlink
   */
  public static List<ConntrackEntry> show(
      NetlinkTransport kernel, int family, int protocol, int port) {
    List<ConntrackEntry> found = new ArrayList<>();
    for (NetlinkMessage message : kernel.dump(list(family, protocol, port))) {
      ConntrackEntry entry = ConntrackEntry.decode(message.body());
      if (entry.original().protocol() == protocol && entry.original().destinationPort() == port) {
        found.add(entry);
      }
    }
    return found;
  }

  /** {@code conntrack -D} of exactly this entry. ENOENT if it is gone, or another is there. */
  public static NetlinkRequest delete(ConntrackEntry entry) {
    int family = entry.original().source() instanceof Ipv4Address ? NFPROTO_IPV4 : NFPROTO_IPV6;
    return new NetlinkRequest(
        "conntrack -D of " + entry.original(),
        IPCTNL_MSG_CT_DELETE,
        0,
        out -> {
          NfGenHeader.encode(out, family, 0);
          out.nested(CTA_TUPLE_ORIG, entry.original()::writeTo);
          entry.writeIdentity(out);
        });
  }
}
