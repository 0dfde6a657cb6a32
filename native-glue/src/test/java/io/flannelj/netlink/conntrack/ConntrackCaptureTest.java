package io.flannelj.netlink.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.netlink.codec.AttributeReader;
import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.nftables.NfGenHeader;
import io.flannelj.testkit.CaptureFile;
import io.flannelj.testkit.CaptureFile.Message;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages recorded between conntrack and the kernel. */
class ConntrackCaptureTest {
  private static List<Message> messages(String capture) {
    return CaptureFile.load(ConntrackCaptureTest.class, capture).decoded();
  }

  private static List<ConntrackEntry> entries() {
    return messages("entries.hex").stream()
        .map(message -> ConntrackEntry.decode(message.body()))
        .toList();
  }

  private static ByteBuffer body(AttributeWriter.Body body) {
    AttributeWriter out = new AttributeWriter();
    body.writeTo(out);
    return ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.nativeOrder());
  }

  @Test
  void saysWhereAConnectionLeads() {
    List<ConntrackEntry> entries = entries();
    ConntrackEntry translated =
        entries.stream().filter(ConntrackEntry::isDestinationTranslated).findFirst().orElseThrow();
    assertThat(entries).filteredOn(ConntrackEntry::isDestinationTranslated).hasSize(1);
    assertThat(translated.original())
        .hasToString("protocol 17 192.0.2.1 port 4000 -> 192.0.2.1 port 5353");
    assertThat(translated.reply())
        .hasToString("protocol 17 127.0.0.1 port 53 -> 192.0.2.1 port 4000");
    assertThat(translated.id()).isPresent();
    assertThat(entries)
        .extracting(entry -> entry.original().destination())
        .contains(IpAddress.parse("::1"), IpAddress.parse("127.0.0.1"));
  }

  @Test
  void icmpHasAnIdentificationInThePlaceOfPorts() {
    ConntrackEntry ping =
        entries().stream()
            .filter(entry -> entry.original().protocol() == 1)
            .findFirst()
            .orElseThrow();
    assertThat(ping.original().destinationPort()).isZero();
    assertThat(ping.original().identification()).hasSize(3);
  }

  @Test
  void everythingSurvivesARoundTrip() {
    for (ConntrackEntry entry : entries()) {
      ByteBuffer again =
          body(
              out -> {
                NfGenHeader.encode(out, Conntrack.NFPROTO_IPV4, 0);
                entry.writeTo(out);
              });
      assertThat(ConntrackEntry.decode(again)).isEqualTo(entry);
    }
  }

  @Test
  void deletesByTheSameTupleAsConntrackItself() {
    ConntrackEntry translated =
        entries().stream()
            .filter(ConntrackEntry::isDestinationTranslated)
            .findFirst()
            .orElseThrow();

    ConntrackTuple theirs = original(messages("delete.hex").get(0).body());
    ConntrackTuple ours = original(body(Conntrack.delete(translated).body()));

    assertThat(ours).isEqualTo(theirs);
  }

  private static ConntrackTuple original(ByteBuffer body) {
    AttributeReader in = new AttributeReader(NfGenHeader.attributes(body));
    while (in.next()) {
      if (in.type() == ConntrackConstants.CTA_TUPLE_ORIG) {
        return in.decode("CTA_TUPLE_ORIG", ConntrackTuple::read);
      }
    }
    throw new AssertionError("no CTA_TUPLE_ORIG");
  }

  @Test
  void whatIsCutOffIsRefusedOrReadAsLess() {
    for (Message message : messages("entries.hex")) {
      for (int length = 0; length < message.body().limit(); length++) {
        ByteBuffer cut = message.body().slice(0, length).order(ByteOrder.nativeOrder());
        try {
          assertThat(ConntrackEntry.decode(cut).original().source()).isNotNull();
        } catch (DecodeException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
      }
    }
  }
}
