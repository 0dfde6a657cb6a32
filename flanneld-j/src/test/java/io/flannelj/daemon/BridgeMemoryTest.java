package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.attachment.AttachmentRecord;
import io.flannelj.kernel.PodNetwork;
import io.flannelj.kernel.PodPortFacts;
import io.flannelj.kernel.RememberedBridge;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start knows of a bridge that is gone. */
class BridgeMemoryTest {
  private static final PodNetwork NETWORK =
      new PodNetwork(
          List.of(IpPrefix.parse("10.244.1.0/24"), IpPrefix.parse("fd00:10:244:1::/64")), 1450);
  private static final RememberedBridge BRIDGE =
      new RememberedBridge(
          "cni7",
          MacAddress.parse("02:00:00:00:00:07"),
          1400,
          false,
          Map.of(12, new PodPortFacts("vethgo", "", 1400, true, true)));

  @TempDir private Path directory;

  private static AttachmentRecord record(String ip, int index, String bridge) {
    return new AttachmentRecord(
        IpAddress.parse(ip),
        new Attachment("cbr0", "c" + index, "eth0"),
        "flannel",
        "boot",
        0,
        "veth" + index,
        index,
        new AttachmentRecord.BridgePort(bridge, true, false));
  }

  @Test
  void whatWasKeptIsRecalledByTheNextProcessTogetherWithPodsThatCameMeanwhile() {
    new BridgeMemory(directory).keep(Optional.of(BRIDGE));
    BridgeMemory next = new BridgeMemory(directory);
    assertThat(next.recall(NETWORK)).contains(BRIDGE);
    next.use(
        wanted -> List.of(record("10.244.1.9", 20, "cni7"), record("10.99.0.9", 21, "other0")));
    RememberedBridge recalled = next.recall(NETWORK).orElseThrow();
    assertThat(recalled.mac()).isEqualTo(BRIDGE.mac());
    assertThat(recalled.ports()).containsOnlyKeys(12, 20);
    assertThat(recalled.ports()).containsEntry(20, new PodPortFacts("veth20", "", 0, true, false));
  }

  @Test
  void withoutAFileTheRecordsTellTheBridgeAndItsMacIsThatOfThePlugin() {
    BridgeMemory memory = new BridgeMemory(directory);
    assertThat(memory.recall(NETWORK)).isEmpty();
    memory.use(
        wanted -> List.of(record("10.99.0.9", 21, "other0"), record("10.244.1.9", 20, "cni0")));
    RememberedBridge recalled = memory.recall(NETWORK).orElseThrow();
    assertThat(recalled.name()).isEqualTo("cni0");
    assertThat(recalled.mac()).isEqualTo(MacAddress.parse("0a:58:0a:f4:01:01"));
    assertThat(recalled.mtu()).isEqualTo(1450);
    assertThat(recalled.ports()).containsOnlyKeys(20);
  }

  @Test
  void aTornFileIsPassedOver() throws IOException {
    for (String text :
        List.of("", "cni0", "cni0 x 1 true\n", "cni0 02:00:00:00:00:07 1 true\n1 ")) {
      Files.writeString(directory.resolve("bridge"), text);
      assertThat(new BridgeMemory(directory).recall(NETWORK)).isEmpty();
    }
  }
}
