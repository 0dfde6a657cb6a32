package io.flannelj.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.netlink.codec.AttributeWriter;
import io.flannelj.netlink.codec.DecodeException;
import io.flannelj.netlink.route.address.AddressInfo;
import io.flannelj.netlink.route.address.AddressMessage;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.LinkMessage;
import io.flannelj.netlink.route.neighbour.FdbInfo;
import io.flannelj.netlink.route.neighbour.NeighbourInfo;
import io.flannelj.netlink.route.neighbour.NeighbourMessage;
import io.flannelj.netlink.route.route.RouteInfo;
import io.flannelj.netlink.route.route.RouteMessage;
import io.flannelj.testkit.CaptureFile;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class CaptureRoundTripTest {
  static final List<String> NAMES = Captures.ALL;

  /** Where ip leaves out the NUL that the kernel sends at the end of a text. */
  private static final Set<String> WITHOUT_NUL =
      Set.of(
          "link-vxlan",
          "link-vxlan-gbp",
          "link-bridge",
          "link-veth",
          "link-alias",
          "link-bridge-port");

  @ParameterizedTest
  @FieldSource("NAMES")
  void comesBackByteForByte(String name) {
    for (CaptureFile.Message message : Captures.load(name)) {
      byte[] original = octets(message);
      AttributeWriter.Body decoded = Captures.decode(message.type(), message.body());
      if (Captures.isRequest(message) && WITHOUT_NUL.contains(name)) {
        byte[] ours = Captures.encode(decoded);
        assertThat(Captures.decode(message.type(), Captures.nativeOrder(ours))).isEqualTo(decoded);
      } else {
        assertThat(Captures.encode(decoded)).isEqualTo(original);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void cutOffAnywhereIsAnErrorOrAShorterMessage(String name) {
    for (CaptureFile.Message message : Captures.load(name)) {
      byte[] original = octets(message);
      List<?> all = Captures.attributes(Captures.decode(message.type(), message.body()));
      for (int length = 0; length < original.length; length++) {
        byte[] cut = Arrays.copyOf(original, length);
        try {
          AttributeWriter.Body shorter = Captures.decode(message.type(), Captures.nativeOrder(cut));
          List<?> attributes = Captures.attributes(shorter);
          assertThat(attributes.equals(all.subList(0, attributes.size()))).isTrue();
          inform(shorter);
        } catch (DecodeException e) {
          assertThat(e.getMessage()).matches(".*(bytes|length|NDA_DST).*");
        }
      }
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void aWrongByteAnywhereIsNothingWorseThanADecodeException(String name) {
    int errors = 0;
    for (CaptureFile.Message message : Captures.load(name)) {
      byte[] original = octets(message);
      for (int at = 0; at < original.length; at++) {
        for (int flip : new int[] {0x01, 0x04, 0x80, 0xff}) {
          byte[] wrong = original.clone();
          wrong[at] ^= (byte) flip;
          try {
            AttributeWriter.Body decoded =
                Captures.decode(message.type(), Captures.nativeOrder(wrong));
            Captures.encode(decoded);
            inform(decoded);
          } catch (DecodeException e) {
            errors++;
          }
        }
      }
    }
    assertThat(errors).isPositive();
  }

  private static void inform(AttributeWriter.Body message) {
    if (message instanceof LinkMessage link) {
      LinkInfo.of(link);
    } else if (message instanceof AddressMessage address) {
      AddressInfo.of(address);
    } else if (message instanceof RouteMessage route) {
      RouteInfo.of(route);
    } else if (message instanceof NeighbourMessage neighbour) {
      FdbInfo.of(neighbour);
      NeighbourInfo.of(neighbour);
    }
  }

  private static byte[] octets(CaptureFile.Message message) {
    byte[] octets = new byte[message.body().remaining()];
    message.body().duplicate().get(octets);
    return octets;
  }
}
