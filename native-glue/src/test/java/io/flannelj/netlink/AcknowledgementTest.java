package io.flannelj.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class AcknowledgementTest {
  private static final int TLVS = NetlinkMessage.NLM_F_ACK_TLVS;
  private static final int CAPPED = NetlinkMessage.NLM_F_CAPPED;

  private static NetlinkMessage error(int flags, int errno, int requestLength, boolean whole) {
    AttributeWriter out = new AttributeWriter();
    out.rawInt(-errno).rawInt(requestLength).rawInt(0).rawInt(0).rawInt(0);
    if (whole) {
      out.raw(new byte[requestLength - 16]);
    }
    if ((flags & TLVS) != 0) {
      out.putU32(2, 7);
      out.putString(1, "Nexthop has invalid gateway");
    }
    ByteBuffer body = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
    return new NetlinkMessage(NetlinkMessage.NLMSG_ERROR, flags, 1, 0, body);
  }

  @Test
  void readsTheKernelsWordsBehindACappedRequest() {
    assertThat(Acknowledgement.decode(error(TLVS | CAPPED, 101, 60, false)))
        .isEqualTo(new Acknowledgement(101, "Nexthop has invalid gateway"));
  }

  @Test
  void readsTheKernelsWordsBehindARepeatedRequest() {
    assertThat(Acknowledgement.decode(error(TLVS, 101, 60, true)).text())
        .isEqualTo("Nexthop has invalid gateway");
  }

  @Test
  void successHasNoText() {
    assertThat(Acknowledgement.decode(error(CAPPED, 0, 60, false)))
        .isEqualTo(new Acknowledgement(0, ""));
  }

  @Test
  void aCutAcknowledgementIsNoSuccess() {
    ByteBuffer two = ByteBuffer.allocate(2);
    assertThatThrownBy(
            () ->
                Acknowledgement.decode(
                    new NetlinkMessage(NetlinkMessage.NLMSG_ERROR, 0, 1, 0, two)))
        .isInstanceOf(DecodeException.class);
  }
}
