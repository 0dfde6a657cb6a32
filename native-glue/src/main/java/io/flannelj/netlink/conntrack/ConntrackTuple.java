package io.flannelj.netlink.conntrack;

import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_IP_V4_DST;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_IP_V4_SRC;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_IP_V6_DST;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_IP_V6_SRC;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_PROTO_DST_PORT;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_PROTO_NUM;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_PROTO_SRC_PORT;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_IP;
import static io.flannelj.netlink.conntrack.ConntrackConstants.CTA_TUPLE_PROTO;

import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.codec.UnknownAttribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One direction of a connection.
 *
 * @param source address
 * @param destination address
 * @param protocol IPPROTO_*
 * @param sourcePort of TCP, UDP, SCTP and DCCP, 0 for a protocol without ports
 * @param destinationPort the same
 * @param identification what ICMP has in the place of ports, as it came
 * @param other what else was in the tuple, as it came: its zone
 */
public record ConntrackTuple(
    IpAddress source,
    IpAddress destination,
    int protocol,
    int sourcePort,
    int destinationPort,
    List<UnknownAttribute> identification,
    List<UnknownAttribute> other) {

  /** Copies the lists. */
  public ConntrackTuple {
    identification = List.copyOf(identification);
    other = List.copyOf(other);
  }

  /** From the attributes inside CTA_TUPLE_ORIG or CTA_TUPLE_REPLY. */
  static ConntrackTuple read(AttributeReader tuple) {
    Parts parts = new Parts();
    while (tuple.next()) {
      switch (tuple.type()) {
        case CTA_TUPLE_IP -> tuple.nested("CTA_TUPLE_IP", parts::readAddress);
        case CTA_TUPLE_PROTO -> tuple.nested("CTA_TUPLE_PROTO", parts::readProtocol);
        default -> parts.other.add(UnknownAttribute.read(tuple));
      }
    }
    return parts.build();
  }

  void writeTo(AttributeWriter out) {
    boolean ipv4 = source instanceof Ipv4Address;
    out.nested(
        CTA_TUPLE_IP,
        ip -> {
          ip.putAddress(ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, source);
          ip.putAddress(ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, destination);
        });
    out.nested(
        CTA_TUPLE_PROTO,
        proto -> {
          proto.putU8(CTA_PROTO_NUM, protocol);
          if (sourcePort != 0 || destinationPort != 0) {
            proto.putU16BigEndian(CTA_PROTO_SRC_PORT, sourcePort);
            proto.putU16BigEndian(CTA_PROTO_DST_PORT, destinationPort);
          }
          identification.forEach(attribute -> attribute.write(proto));
        });
    other.forEach(attribute -> attribute.write(out));
  }

  /** {@code udp 192.0.2.1:4000 -> 192.0.2.2:53}, the protocol as its number. */
  @Override
  public String toString() {
    return "protocol "
        + protocol
        + " "
        + source
        + " port "
        + sourcePort
        + " -> "
        + destination
        + " port "
        + destinationPort;
  }

  /** A tuple that is being read. */
  private static final class Parts {
    private Optional<IpAddress> source = Optional.empty();
    private Optional<IpAddress> destination = Optional.empty();
    private int protocol;
    private int sourcePort;
    private int destinationPort;
    private final List<UnknownAttribute> identification = new ArrayList<>();
    private final List<UnknownAttribute> other = new ArrayList<>();

    void readAddress(AttributeReader in) {
      switch (in.type()) {
        case CTA_IP_V4_SRC, CTA_IP_V6_SRC -> source = Optional.of(in.address());
        case CTA_IP_V4_DST, CTA_IP_V6_DST -> destination = Optional.of(in.address());
        default -> throw new DecodeException("attribute " + in.type() + " is no address");
      }
    }

    void readProtocol(AttributeReader in) {
      switch (in.type()) {
        case CTA_PROTO_NUM -> protocol = in.u8();
        case CTA_PROTO_SRC_PORT -> sourcePort = in.u16BigEndian();
        case CTA_PROTO_DST_PORT -> destinationPort = in.u16BigEndian();
        default -> identification.add(UnknownAttribute.read(in));
      }
    }

    ConntrackTuple build() {
      if (source.isEmpty() || destination.isEmpty()) {
        throw new DecodeException("a tuple without addresses");
      }
      return new ConntrackTuple(
          source.get(),
          destination.get(),
          protocol,
          sourcePort,
          destinationPort,
          identification,
          other);
    }
  }
}
