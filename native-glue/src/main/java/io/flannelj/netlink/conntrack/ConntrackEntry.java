package io.flannelj.netlink.conntrack;

import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_ID;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_STATUS;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_ORIG;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_REPLY;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_ZONE;

import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.codec.UnknownAttribute;
import io.flannelj.netlink.nftables.NfGenHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A connection that the kernel knows.
 *
 * @param original as its first packet came, before any translation
 * @param reply as answers come: its source is where the connection really leads
 * @param status IPS_*
 * @param id the kernel's number of this entry: another one with the same tuples has another
 * @param zone 0: the default zone
 * @param other counters, time-outs and what else came
 */
public record ConntrackEntry(
    ConntrackTuple original,
    ConntrackTuple reply,
    int status,
    Optional<Long> id,
    int zone,
    List<UnknownAttribute> other) {
  private static final int IPS_DST_NAT = 1 << 5;

  /** Copies the list. */
  public ConntrackEntry {
    other = List.copyOf(other);
  }

  /**
   * From IPCTNL_MSG_CT_NEW.
   *
   * @throws DecodeException if the body is no entry
   */
  public static ConntrackEntry decode(ByteBuffer body) {
    Optional<ConntrackTuple> original = Optional.empty();
    Optional<ConntrackTuple> reply = Optional.empty();
    int status = 0;
    Optional<Long> id = Optional.empty();
    int zone = 0;
    List<UnknownAttribute> other = new ArrayList<>();
    AttributeReader in = new AttributeReader(NfGenHeader.attributes(body));
    while (in.next()) {
      switch (in.type()) {
        case CTA_TUPLE_ORIG ->
            original = Optional.of(in.decode("CTA_TUPLE_ORIG", ConntrackTuple::read));
        case CTA_TUPLE_REPLY ->
            reply = Optional.of(in.decode("CTA_TUPLE_REPLY", ConntrackTuple::read));
        case CTA_STATUS -> status = (int) in.u32BigEndian();
        case CTA_ID -> id = Optional.of(in.u32BigEndian());
        case CTA_ZONE -> zone = in.u16BigEndian();
        default -> other.add(UnknownAttribute.read(in));
      }
    }
    if (original.isEmpty() || reply.isEmpty()) {
      throw new DecodeException("a conntrack entry without its two tuples");
    }
    return new ConntrackEntry(original.get(), reply.get(), status, id, zone, other);
  }

  /** The attributes; the order is ours. */
  void writeTo(AttributeWriter out) {
    out.nested(CTA_TUPLE_ORIG, original::writeTo);
    out.nested(CTA_TUPLE_REPLY, reply::writeTo);
    out.putU32BigEndian(CTA_STATUS, status);
    other.forEach(attribute -> attribute.write(out));
    writeIdentity(out);
  }

  /** What tells this entry from another one with the same tuples. */
  void writeIdentity(AttributeWriter out) {
    id.ifPresent(number -> out.putU32BigEndian(CTA_ID, number));
    if (zone != 0) {
      out.putU16BigEndian(CTA_ZONE, zone);
    }
  }

  /** Whether the destination was translated (IPS_DST_NAT). */
  public boolean isDestinationTranslated() {
    return (status & IPS_DST_NAT) != 0;
  }
}
