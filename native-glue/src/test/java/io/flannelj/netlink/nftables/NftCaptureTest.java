package io.flannelj.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.netlink.codec.AttributeIndex;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.Bytes;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.expression.Lookup;
import io.flannelj.netlink.nftables.expression.UnknownExpression;
import io.flannelj.netlink.nftables.text.NftText;
import io.flannelj.testkit.CaptureFile;
import io.flannelj.testkit.CaptureFile.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages recorded between nft and the kernel. */
class NftCaptureTest {
  private static List<Message> messages(String capture) {
    return CaptureFile.load(NftCaptureTest.class, capture + ".hex").decoded();
  }

  private static ByteBuffer encode(AttributeWriter.Body body) {
    AttributeWriter out = new AttributeWriter();
    body.writeTo(out);
    return ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer withHeader(NftFamily family, AttributeWriter.Body attributes) {
    return encode(
        out -> {
          NfGenHeader.encode(out, family.number(), 0);
          attributes.writeTo(out);
        });
  }

  /** Tables, chains, rules and set definitions; elements need their set. */
  private static Object decode(Message message) {
    return switch (message.type()) {
      case NftMessages.NFT_MSG_NEWTABLE -> Table.decode(message.body());
      case NftMessages.NFT_MSG_NEWCHAIN -> Chain.decode(message.body());
      case NftMessages.NFT_MSG_NEWRULE -> Rule.decode(message.body());
      case NftMessages.NFT_MSG_NEWSET -> NftSet.decode(message.body());
      default -> "";
    };
  }

  private static Object again(Object object) {
    if (object instanceof Table table) {
      return Table.decode(withHeader(table.name().family(), table::encode));
    }
    if (object instanceof Chain chain) {
      return Chain.decode(withHeader(chain.name().table().family(), chain::encode));
    }
    if (object instanceof Rule rule) {
      return Rule.decode(withHeader(rule.chain().table().family(), rule::encode));
    }
    if (object instanceof NftSet set) {
      return NftSet.decode(withHeader(set.name().table().family(), out -> set.encode(out, 1)));
    }
    return object;
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge"})
  void theKernelGivesBackWhatNftSent(String name) {
    assertThat(plain(messages(name + "-dump")))
        .containsExactlyInAnyOrderElementsOf(plain(messages(name + "-batch")));
  }

  private static List<Object> plain(List<Message> messages) {
    return messages.stream()
        .filter(message -> message.type() != NftMessages.NFT_MSG_NEWSETELEM)
        .map(NftCaptureTest::decode)
        .map(object -> object instanceof Rule rule ? (Object) rule.normalised() : object)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge"})
  void everythingIsTypedAndSurvivesEncoding(String name) {
    for (Message message : messages(name + "-dump")) {
      Object object = decode(message);
      if (object instanceof Rule rule) {
        assertThat(rule.expressions()).noneMatch(UnknownExpression.class::isInstance);
        object = rule.normalised();
      }
      assertThat(again(object)).isEqualTo(object);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge"})
  void rulesAreEncodedByteForByteAsNftDoes(String name) {
    int compared = 0;
    for (Message message : messages(name + "-batch")) {
      // nft numbers the sets of a batch in its lookups; we name them only.
      if (decode(message) instanceof Rule rule
          && rule.expressions().stream().noneMatch(Lookup.class::isInstance)) {
        AttributeIndex nft = AttributeIndex.of(NfGenHeader.attributes(message.body()), 7);
        AttributeIndex our = AttributeIndex.of(encode(rule::encode), 7);
        String text = NftText.of(rule);
        // nft writes these with attributes in another order, or with one that says a default.
        if (!text.matches(".*(counter|limit|log|nat |redirect|meta mark &|meta mark \\|).*")) {
          assertThat(our.bytes(Rule.NFTA_RULE_EXPRESSIONS))
              .as(text)
              .isEqualTo(nft.bytes(Rule.NFTA_RULE_EXPRESSIONS));
          compared++;
        }
      }
    }
    assertThat(compared).isPositive();
  }

  @Test
  void iptablesExtensionsSurviveAsBytes() {
    List<Rule> rules =
        messages("iptables-dump").stream()
            .map(NftCaptureTest::decode)
            .filter(Rule.class::isInstance)
            .map(Rule.class::cast)
            .toList();
    assertThat(rules).hasSize(1);
    assertThat(rules.get(0).expressions().stream().filter(UnknownExpression.class::isInstance))
        .hasSize(2);
    assertThat(again(rules.get(0).normalised())).isEqualTo(rules.get(0).normalised());
    assertThat(ForeignChain.ours(rules, "not ours")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel-dump", "sets-dump", "bridge-dump", "iptables-dump"})
  void cutMessagesAreAnErrorOrShorterButNeverWorse(String capture) {
    List<Message> all = messages(capture);
    Map<String, NftSet> sets = sets(all);
    for (Message message : all) {
      for (int length = 0; length < message.body().remaining(); length++) {
        ByteBuffer cut = message.body().slice(0, length).order(ByteOrder.nativeOrder());
        decodeAndPrint(new Message(message.type(), 0, cut), sets);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel-dump", "sets-dump", "bridge-dump", "iptables-dump"})
  void damagedMessagesAreAnErrorOrDifferentButNeverWorse(String capture) {
    List<Message> all = messages(capture);
    Map<String, NftSet> sets = sets(all);
    Random random = new Random(20260101);
    for (Message message : all) {
      for (int round = 0; round < 200; round++) {
        byte[] octets = new byte[message.body().remaining()];
        message.body().duplicate().get(octets);
        for (int i = 0; i <= random.nextInt(3); i++) {
          octets[random.nextInt(octets.length)] = (byte) random.nextInt();
        }
        ByteBuffer body = ByteBuffer.wrap(octets).order(ByteOrder.nativeOrder());
        decodeAndPrint(new Message(message.type(), 0, body), sets);
      }
    }
  }

  private static Map<String, NftSet> sets(List<Message> messages) {
    Map<String, NftSet> sets = new HashMap<>();
    for (Message message : messages) {
      if (decode(message) instanceof NftSet set) {
        sets.put(set.name().name(), set);
      }
    }
    return sets;
  }

  /** Nothing but DecodeException may come out of bytes, nor out of printing what they meant. */
  private static void decodeAndPrint(Message message, Map<String, NftSet> sets) {
    try {
      if (message.type() == NftMessages.NFT_MSG_NEWSETELEM) {
        for (NftSet set : sets.values()) {
          print(set, SetElementCodec.decode(set, List.of(message.body())));
        }
      } else if (decode(message) instanceof Rule rule) {
        NftText.of(rule);
        ForeignChain.ours(List.of(rule), "x");
      } else if (decode(message) instanceof NftSet set) {
        print(set, List.of());
      }
    } catch (DecodeException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  private static void print(NftSet set, List<SetElement> elements) {
    Table table = Table.of(set.name().table());
    Map<Bytes, SetElement> byKey = new HashMap<>();
    elements.forEach(element -> byKey.put(element.key(), element));
    NftText.of(TableContent.builder(table).add(set, byKey.values()).build());
  }
}
