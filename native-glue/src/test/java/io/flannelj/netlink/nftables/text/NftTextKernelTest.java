package io.flannelj.netlink.nftables.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.TableContent;
import io.flannelj.netlink.nftables.TableDifference;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rulesets that nft loads, read by us: printed as nft prints them, written into another namespace
 * with the same outcome, and loaded again from our print.
 */
@RequiresRoot
class NftTextKernelTest {
  private final TestNamespace namespace = new TestNamespace();
  private NetlinkSocket socket;
  @TempDir private Path directory;

  @BeforeEach
  void open() {
    socket = namespace.namespace().openNetlink(NetlinkFamily.NETFILTER);
  }

  @AfterEach
  void close() {
    socket.close();
    namespace.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge", "catchall", "anonymous"})
  void printsWhatNftPrints(String name) throws IOException {
    String text = resource(name);
    load(text);
    assertThat(list()).as("the file is what nft lists").isEqualTo(text);

    assertThat(NftText.of(content())).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge", "catchall"})
  void writesWhatItRead(String name) throws IOException {
    String text = resource(name);
    load(text);
    TableContent content = content();
    new NftBatch().delete(content.table().name()).run(socket);
    TableDifference.creation(content).run(socket);

    assertThat(list()).isEqualTo(text);
    assertThat(TableDifference.between(content, Optional.of(content())).isEmpty()).isTrue();
  }

  @ParameterizedTest
  // nft 1.0.6 crashes on its own "add element" with a catch-all in a map of ranges.
  @ValueSource(strings = {"flannel", "flannel6", "sets", "bridge"})
  void nftReadsPrintedBatches(String name) throws IOException {
    load(resource(name));
    TableContent content = content();
    new NftBatch().delete(content.table().name()).run(socket);
    load(NftText.of(TableDifference.creation(content)));

    assertThat(content().normalised()).isEqualTo(content.normalised());
  }

  private TableContent content() {
    NftDump dump = new NftDump(socket);
    TableName name = dump.tables().get(0);
    return dump.content(name).orElseThrow();
  }

  private void load(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("ruleset.nft"), text);
    namespace.run("nft", "-f", file.toString());
  }

  private String list() {
    return namespace.run("nft", "list", "ruleset");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        NftTextKernelTest.class.getResourceAsStream(
            "/io/flannelj/netlink/nftables/" + name + ".nft")) {
      if (in == null) {
        throw new AssertionError("no ruleset " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
