package io.flannelj.netlink.ethtool;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.NetlinkTransport;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.testkit.Untrusted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers of generic netlink: the family's number, then the features. */
class EthtoolFuzzTest {
  /** An answer to each of the two questions. */
  static Stream<byte[]> answers() {
    return Stream.of(family(), features("tx-checksum-ip-generic", "tx-scatter-gather"), features());
  }

  private static byte[] family() {
    AttributeWriter out = new AttributeWriter();
    out.rawByte(1).rawByte(2).rawShort(0);
    out.putString(EthtoolConstants.CTRL_ATTR_FAMILY_NAME, "ethtool");
    out.putU16(EthtoolConstants.CTRL_ATTR_FAMILY_ID, 21);
    return out.toByteArray();
  }

  private static byte[] features(String... names) {
    AttributeWriter out = new AttributeWriter();
    out.rawByte(EthtoolConstants.ETHTOOL_MSG_FEATURES_GET).rawByte(1).rawShort(0);
    out.nested(
        EthtoolConstants.ETHTOOL_A_FEATURES_ACTIVE,
        set ->
            set.nested(
                EthtoolConstants.ETHTOOL_A_BITSET_BITS,
                bits -> {
                  for (String name : names) {
                    bits.nested(
                        EthtoolConstants.ETHTOOL_A_BITSET_BITS_BIT,
                        bit -> bit.putString(EthtoolConstants.ETHTOOL_A_BITSET_BIT_NAME, name));
                  }
                }));
    return out.toByteArray();
  }

  @MethodSource("answers")
  @FuzzTest
  void answer(byte[] answer) {
    Untrusted.within(
        () -> {
          Untrusted.only(
              DecodeException.class, () -> new EthtoolFeatures(new Answers(answer, answer)));
          Untrusted.only(
              DecodeException.class,
              () -> new EthtoolFeatures(new Answers(family(), answer)).active(1));
        });
  }

  /** A kernel that answers the first question so and every other one so. */
  private static final class Answers implements NetlinkTransport {
    private final byte[] first;
    private final byte[] others;
    private int asked;

    Answers(byte[] first, byte[] others) {
      this.first = first;
      this.others = others;
    }

    @Override
    public NetlinkMessage query(NetlinkRequest request) {
      ByteBuffer body = ByteBuffer.wrap(asked++ == 0 ? first : others);
      return new NetlinkMessage(request.type(), 0, asked, 0, body.order(ByteOrder.nativeOrder()));
    }

    @Override
    public void execute(NetlinkRequest request) {
      throw new UnsupportedOperationException(request.operation());
    }

    @Override
    public List<Optional<NetlinkException>> executeAll(List<NetlinkRequest> requests) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<NetlinkMessage> dump(NetlinkRequest request) {
      throw new UnsupportedOperationException(request.operation());
    }

    @Override
    public List<NetlinkMessage> transaction(
        NetlinkRequest begin, List<NetlinkRequest> requests, NetlinkRequest end) {
      throw new UnsupportedOperationException(begin.operation());
    }
  }
}
