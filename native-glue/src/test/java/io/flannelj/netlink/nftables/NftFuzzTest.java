package io.flannelj.netlink.nftables;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.text.NftText;
import io.flannelj.testkit.CaptureFile;
import io.flannelj.testkit.Untrusted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Dumps and notifications of nf_tables, which hold what any program of the machine has put there:
 * any body is an object that can be printed, or a {@link DecodeException}.
 *
 * <p>Input: message type without subsystem, number of the set that elements belong to, body.
 */
class NftFuzzTest {
  private static final List<String> CAPTURES =
      List.of("flannel-dump", "flannel6-dump", "sets-dump", "bridge-dump", "iptables-dump");
  private static final int PREFIX = 2;
  private static final List<NftSet> SETS = new ArrayList<>(sets().values());

  /** The messages of all recordings; elements with each set. */
  static Stream<byte[]> captures() {
    return CAPTURES.stream().flatMap(name -> messages(name).stream()).flatMap(NftFuzzTest::inputs);
  }

  private static List<CaptureFile.Message> messages(String name) {
    return CaptureFile.load(NftFuzzTest.class, name + ".hex").decoded();
  }

  private static Stream<byte[]> inputs(CaptureFile.Message message) {
    boolean elements = message.type() == NftMessages.NFT_MSG_NEWSETELEM;
    return Stream.iterate(0, i -> i < (elements ? SETS.size() : 1), i -> i + 1)
        .map(
            i -> {
              ByteBuffer body = message.body().duplicate();
              ByteBuffer input = ByteBuffer.allocate(PREFIX + body.remaining());
              return input.put((byte) message.type()).put(i.byteValue()).put(body).array();
            });
  }

  private static Map<String, NftSet> sets() {
    Map<String, NftSet> sets = new TreeMap<>();
    for (String name : CAPTURES) {
      for (CaptureFile.Message message : messages(name)) {
        if (message.type() == NftMessages.NFT_MSG_NEWSET) {
          NftSet set = NftSet.decode(message.body());
          sets.put(set.name().toString(), set);
        }
      }
    }
    return sets;
  }

  @MethodSource("captures")
  @FuzzTest
  void message(byte[] input) {
    if (input.length < PREFIX) {
      return;
    }
    int type = NftMessages.NFT_MSG_NEWTABLE | (input[0] & 0xff);
    NftSet set = SETS.get((input[1] & 0xff) % SETS.size());
    ByteBuffer body =
        ByteBuffer.wrap(input, PREFIX, input.length - PREFIX)
            .slice()
            .order(ByteOrder.nativeOrder());
    Untrusted.within(
        () -> {
          Untrusted.only(
              DecodeException.class,
              () ->
                  Untrusted.shown(NftNotification.decode(new NetlinkMessage(type, 0, 0, 0, body))));
          Untrusted.only(DecodeException.class, () -> read(type, set, body));
        });
  }

  private static void read(int type, NftSet set, ByteBuffer body) {
    switch (type) {
      case NftMessages.NFT_MSG_NEWTABLE -> {
        Table table = Table.decode(body);
        Untrusted.same(table, Table.decode(encode(table.name().family(), table::encode)));
        NftText.of(TableContent.builder(table).build());
      }
      case NftMessages.NFT_MSG_NEWCHAIN -> {
        Chain chain = Chain.decode(body);
        Untrusted.same(chain, Chain.decode(encode(chain.name().table().family(), chain::encode)));
        Table table = Table.of(chain.name().table());
        NftText.of(TableContent.builder(table).add(chain).build());
      }
      case NftMessages.NFT_MSG_NEWRULE -> {
        Rule rule = Rule.decode(body).normalised();
        Untrusted.same(
            rule, Rule.decode(encode(rule.chain().table().family(), rule::encode)).normalised());
        NftText.of(rule);
        ForeignChain.ours(List.of(rule), "x");
        ForeignChain.meaning(rule.expressions());
      }
      case NftMessages.NFT_MSG_NEWSET -> {
        NftSet decoded = NftSet.decode(body);
        print(decoded, List.of());
      }
      case NftMessages.NFT_MSG_NEWSETELEM -> print(set, SetElementCodec.decode(set, List.of(body)));
      default -> {
        // Nothing else is read but as a notification.
      }
    }
  }

  private static ByteBuffer encode(NftFamily family, AttributeWriter.Body attributes) {
    AttributeWriter out = new AttributeWriter();
    NfGenHeader.encode(out, family.number(), 0);
    attributes.writeTo(out);
    return ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
  }

  private static void print(NftSet set, List<SetElement> elements) {
    Map<Bytes, SetElement> byKey = new HashMap<>();
    elements.forEach(element -> byKey.put(element.key(), element));
    Table table = Table.of(set.name().table());
    NftText.of(TableContent.builder(table).add(set, byKey.values()).build());
  }
}
