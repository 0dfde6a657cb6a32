package io.flannelj.netlink;

import static io.flannelj.netlink.route.Rtnetlink.RTM_DELNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWADDR;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWLINK;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWNEIGH;
import static io.flannelj.netlink.route.Rtnetlink.RTM_NEWROUTE;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.Captures;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressMessage;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.NeighbourMessage;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteMessage;
import io.flannelj.testkit.Untrusted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What one recv(2) of a NETLINK_ROUTE socket may bring: any bytes are messages or a {@link
 * DecodeException}, and a message that was read is written and read again as the same.
 */
class NetlinkFuzzTest {
  /** One datagram for each recording. */
  static Stream<byte[]> captures() {
    return Captures.ALL.stream().map(Captures::datagram);
  }

  @MethodSource("captures")
  @FuzzTest
  void datagram(byte[] received) {
    Untrusted.within(
        () ->
            Untrusted.only(
                DecodeException.class,
                () -> {
                  for (NetlinkMessage message :
                      Datagram.split(ByteBuffer.wrap(received), received.length)) {
                    Untrusted.only(DecodeException.class, () -> read(message));
                  }
                }));
  }

  private static void read(NetlinkMessage message) {
    int type = message.type();
    ByteBuffer body = message.body();
    if (type == NetlinkMessage.NLMSG_ERROR || type == NetlinkMessage.NLMSG_DONE) {
      Acknowledgement ack = Acknowledgement.decode(message);
      Untrusted.shown(new NetlinkException("fuzz", ack.error(), ack.text()));
    } else if (type < RTM_NEWLINK || type > RTM_DELNEIGH) {
      return;
    } else if (type < RTM_NEWADDR) {
      again(body, LinkMessage::decode, LinkInfo::of);
    } else if (type < RTM_NEWROUTE) {
      again(body, AddressMessage::decode, AddressInfo::of);
    } else if (type < RTM_NEWNEIGH) {
      again(body, RouteMessage::decode, RouteInfo::of);
    } else {
      NeighbourMessage neighbour = again(body, NeighbourMessage::decode, NeighbourInfo::of);
      Untrusted.shown(FdbInfo.of(neighbour));
    }
  }

  private static <T extends AttributeWriter.Body> T again(
      ByteBuffer body, Function<ByteBuffer, T> decode, Function<T, ?> inform) {
    T decoded = decode.apply(body);
    byte[] written = Captures.encode(decoded);
    T second;
    try {
      second = decode.apply(ByteBuffer.wrap(written).order(ByteOrder.nativeOrder()));
    } catch (DecodeException e) {
      throw new AssertionError("cannot read what was written of " + decoded, e);
    }
    Untrusted.same(decoded, second);
    Untrusted.shown(inform.apply(decoded));
    return decoded;
  }
}
