package io.flannelj.store.lastgood;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastGoodFileTest {
  private static final String STORE = "directory /leases";

  @TempDir private Path directory;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  private LastGoodFile file() {
    return new LastGoodFile(directory.resolve("state"), reports::add);
  }

  private static Lease lease(int node, long expiresAt) {
    return new Lease(
        "node" + node + " \"ö\n",
        IpPrefix.parse("10.244." + node + ".0/24"),
        Ipv4Address.parse("192.0.2." + node),
        "vxlan",
        1,
        node == 3 ? Optional.empty() : Optional.of(MacAddress.parse("02:00:00:00:00:0" + node)),
        expiresAt);
  }

  private static LastGood lastGood(long written) {
    Map<IpPrefix, Lease> leases = new HashMap<>();
    for (Lease lease : List.of(lease(1, 5), lease(2, Long.MAX_VALUE), lease(3, 7))) {
      leases.put(lease.subnet(), lease);
    }
    String netConf = "{\n \"Network\": \"10.244.0.0/16\"}\n";
    return new LastGood("node1", STORE, written, netConf, lease(1, 5), leases);
  }

  private Path written() {
    try (LastGoodFile file = file()) {
      file.keep(lastGood(9));
      return file.path();
    }
  }

  @Test
  void whatWasKeptIsReadAgain() {
    written();
    assertThat(file().read("node1", STORE)).contains(lastGood(9));
    assertThat(reports).isEmpty();
  }

  @Test
  void ofABurstTheLastIsKeptAndNothingElseIsLeft() throws Exception {
    try (LastGoodFile file = file()) {
      for (int i = 0; i < 100; i++) {
        file.keep(lastGood(i));
      }
    }
    assertThat(file().read("node1", STORE).orElseThrow().written()).isEqualTo(99);
    try (var names = Files.list(directory.resolve("state"))) {
      assertThat(names).hasSize(1);
    }
  }

  @Test
  void aSnapshotCutAnywhereIsReportedAndPassedOver() throws Exception {
    Path path = written();
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Files.write(path, java.util.Arrays.copyOf(whole, length));
      assertThat(file().read("node1", STORE)).as("%d bytes", length).isEmpty();
    }
    assertThat(reports).hasSize(whole.length).allMatch(line -> line.contains(path.toString()));
  }

  @Test
  void aChangedByteIsNoticed() throws Exception {
    Path path = written();
    String text = Files.readString(path);
    Files.writeString(path, text.replace("192.0.2.2", "192.0.2.9"));
    assertThat(file().read("node1", STORE)).isEmpty();
    assertThat(reports).singleElement().asString().contains("torn");
  }

  @Test
  void anotherNodesStoresOrVersionsSnapshotIsPassedOver() throws Exception {
    Path path = written();
    assertThat(file().read("node2", STORE)).isEmpty();
    assertThat(file().read("node1", "directory /elsewhere")).isEmpty();
    Files.writeString(path, Files.readString(path).replace("\"Version\":1", "\"Version\":0"));
    assertThat(file().read("node1", STORE)).isEmpty();
    Files.writeString(path, "{\"some\":\"file\"}\n");
    assertThat(file().read("node1", STORE)).isEmpty();
    assertThat(String.join("\n", reports))
        .contains("it is of node \"node1\"")
        .contains("it is of store \"directory /leases\"")
        .contains("it is of version 0")
        .contains("it is no snapshot of flannel-j");
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsNamedWithTheRemedy() throws Exception {
    Files.writeString(directory.resolve("state"), "in the way");
    LastGoodFile file = file();
    file.keep(lastGood(1));
    file.close();
    assertThat(file.problem()).contains("state/snapshot cannot be written").contains("--snapshot-");
  }
}
