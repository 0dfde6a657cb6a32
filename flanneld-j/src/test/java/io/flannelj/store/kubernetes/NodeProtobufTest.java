package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.store.kubernetes.NodeReader.Event;
import io.flannelj.store.kubernetes.NodeReader.ListEnd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Over what a kube-apiserver 1.36 has sent, and over what none would. */
class NodeProtobufTest {
  private static final NodeProtobuf READER = new NodeProtobuf("flannel.alpha.coreos.com/");

  private static byte[] capture(String name) throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(NodeProtobufTest.class.getResourceAsStream(name), name)) {
      return stream.readAllBytes();
    }
  }

  private static ProtobufReader over(byte[] bytes) {
    // Shorter than any text, so that every field crosses the end of the buffer somewhere.
    return new ProtobufReader(new ByteArrayInputStream(bytes), 7);
  }

  private static List<Event> events(byte[] bytes) throws IOException {
    ProtobufReader in = over(bytes);
    List<Event> events = new ArrayList<>();
    for (Optional<Event> next = READER.event(in); next.isPresent(); next = READER.event(in)) {
      events.add(next.get());
    }
    return events;
  }

  @Test
  void aNodeHasWhatALeaseIsMadeOf() throws IOException {
    KubeNode node = READER.single(over(capture("node.bin")));
    assertThat(node.name()).isEqualTo("cap1");
    assertThat(node.resourceVersion()).matches("[0-9]+");
    assertThat(node.podCidrs()).containsExactly("10.244.1.0/24", "fd00:10:244:1::/64");
    assertThat(node.annotations())
        .isEqualTo(
            Map.of(
                "backend-data", "{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:01\"}",
                "backend-type", "vxlan",
                "kube-subnet-manager", "true",
                "public-ip", "192.0.2.1"));
    assertThat(node.networkUnavailable()).isEqualTo(KubeNode.HAS_NETWORK);
  }

  @Test
  void aPartOfAListNamesItsVersionAndHowToGoOn() throws IOException {
    List<KubeNode> nodes = new ArrayList<>();
    ListEnd end = READER.list(over(capture("list.bin")), nodes::add);
    assertThat(nodes).extracting(KubeNode::name).containsExactly("cap1", "cap2");
    assertThat(end.resourceVersion()).matches("[0-9]+");
    assertThat(end.more()).isNotEmpty();
  }

  @Test
  void aWatchTellsOfChangesRemovalsAndVersions() throws IOException {
    List<Event> events = events(capture("watch.bin"));
    assertThat(events)
        .filteredOn(Event.Present.class::isInstance)
        .singleElement()
        .extracting(event -> ((Event.Present) event).node().annotation("public-ip"))
        .isEqualTo("192.0.2.9");
    assertThat(events)
        .filteredOn(Event.Gone.class::isInstance)
        .singleElement()
        .extracting(event -> ((Event.Gone) event).node().name())
        .isEqualTo("cap2");
    assertThat(events).last().isInstanceOf(Event.Bookmark.class);
  }

  @Test
  void aVersionThatIsNotKeptAnyMoreIsTold() throws IOException {
    assertThat(events(capture("gone.bin")))
        .singleElement()
        .isEqualTo(new Event.Failed(NodeReader.GONE, "too old resource version: 1 (240)"));
    assertThat(NodeProtobuf.failure(over(capture("status.bin"))))
        .isEqualTo(new Event.Failed(404, "nodes \"ghost\" not found"));
  }

  @Test
  void whatIsCutOffIsAnErrorWhereverItIsCut() throws IOException {
    byte[] list = capture("list.bin");
    // The envelope's last two fields are empty and come after the list.
    for (int length = 0; length < list.length - 4; length++) {
      byte[] cut = Arrays.copyOf(list, length);
      assertThatThrownBy(() -> READER.list(over(cut), node -> {}))
          .as("cut at %d", length)
          .isInstanceOf(IOException.class);
    }
    byte[] gone = capture("gone.bin");
    for (int length = 1; length < gone.length; length++) {
      byte[] cut = Arrays.copyOf(gone, length);
      assertThatThrownBy(() -> events(cut)).as("cut at %d", length).isInstanceOf(IOException.class);
    }
  }

  @Test
  void changedBytesAreReadOrRefusedButNothingElse() throws IOException {
    Random random = new Random(20261126);
    byte[] list = capture("list.bin");
    byte[] watch = capture("watch.bin");
    for (int round = 0; round < 5_000; round++) {
      byte[] changedList = changed(list, random);
      assertThatCode(() -> orRefused(() -> READER.list(over(changedList), node -> {})))
          .doesNotThrowAnyException();
      byte[] changedWatch = changed(watch, random);
      assertThatCode(() -> orRefused(() -> events(changedWatch))).doesNotThrowAnyException();
    }
  }

  private static byte[] changed(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return changed;
  }

  /** What reads. */
  @FunctionalInterface
  private interface Reading {
    void run() throws IOException;
  }

  private static void orRefused(Reading reading) {
    try {
      reading.run();
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void aLengthThatCannotBeIsRefusedBeforeAnythingIsKeptForIt() {
    // raw of 2^63 bytes; a name longer than its metadata; an event of 4 GiB.
    assertThatThrownBy(
            () -> READER.single(over(bytes("k8s\0", 0x12, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1))))
        .hasMessageContaining("claims 18446744073709551615 bytes");
    assertThatThrownBy(
            () -> READER.single(over(bytes("k8s\0", 0x12, 6, 0x0a, 4, 0x0a, 100, 'a', 'b'))))
        .hasMessage("field 1 claims 100 bytes, of its message 2 are left");
    assertThatThrownBy(() -> READER.event(over(bytes("", -1, -1, -1, -1))))
        .hasMessageContaining("an event claims 4294967295 bytes");
  }

  @Test
  void textsHaveALimitAndForeignOnesAreNotKept() throws IOException {
    byte[] large = new byte[70_000];
    Arrays.fill(large, (byte) 'x');
    byte[] name = field(1, large);
    byte[] node = bytes(field(2, field(1, name)));
    assertThatThrownBy(() -> READER.single(over(node)))
        .hasMessage("field 1 is a text of more than 65536 bytes");
    byte[] key =
        field(
            1, "kubectl.kubernetes.io/last-applied-configuration".getBytes(StandardCharsets.UTF_8));
    byte[] entry = field(12, join(key, field(2, large)));
    KubeNode read =
        READER.single(over(bytes(field(2, field(1, join(field(1, new byte[] {'n'}), entry))))));
    assertThat(read.name()).isEqualTo("n");
    assertThat(read.annotations()).isEmpty();
  }

  @Test
  void anotherObjectOrNoneIsNamed() throws IOException {
    byte[] status = capture("status.bin");
    assertThatThrownBy(() -> READER.single(over(status)))
        .hasMessage("expected a Node, found a Status");
    assertThatThrownBy(() -> READER.single(over(bytes("{\"kind\":\"Node\"}"))))
        .hasMessageContaining("k8s\\0");
    assertThatThrownBy(() -> READER.single(over(bytes("k8s\0", 0x22, 0))))
        .hasMessageContaining("no Node in the envelope");
    assertThatThrownBy(() -> READER.single(over(bytes("k8s\0", 0x0b))))
        .hasMessageContaining("wire type 3");
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((number << 3) | 2);
    int length = content.length;
    for (; length > 0x7f; length >>>= 7) {
      out.write((length & 0x7f) | 0x80);
    }
    out.write(length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] bytes(byte[] content) {
    return join("k8s\0".getBytes(StandardCharsets.US_ASCII), content);
  }

  private static byte[] bytes(String text, int... more) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    for (int octet : more) {
      out.write(octet);
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] joined = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, joined, one.length, other.length);
    return joined;
  }
}
