package io.flannelj.cni;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.cni.bridge.BridgeConfReading;
import io.flannelj.cni.flannel.Flannel;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonException;
import io.flannelj.cni.loopback.Loopback;
import io.flannelj.cni.portmap.PortmapConfReading;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FuzzedNode;
import io.flannelj.testkit.Untrusted;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network configuration on standard input, for every plugin and verb; the bridge and portmap
 * plugins stop where the kernel would begin.
 *
 * <p>Input: a letter for the plugin, a digit for the verb, the configuration.
 */
class StandardInputFuzzTest {
  private static final List<String> PLUGINS =
      List.of("flannel", "host-local", "bridge", "portmap", "loopback");
  private static final List<String> VERBS = List.of("ADD", "DEL", "CHECK", "GC", "STATUS");
  private static final int PREFIX = 2;

  @TempDir private static Path outside = Path.of("");

  @FuzzTest
  void configuration(byte[] input) {
    if (input.length < PREFIX) {
      return;
    }
    String plugin = PLUGINS.get((input[0] & 0xff) % PLUGINS.size());
    String verb = VERBS.get((input[1] & 0xff) % VERBS.size());
    byte[] stdin = Arrays.copyOfRange(input, PREFIX, input.length);
    Untrusted.within(
        () -> {
          Untrusted.only(JsonException.class, () -> printedAndReadAgain(stdin));
          try (FuzzedNode node = new FuzzedNode(outside)) {
            call(node, plugin, verb, stdin);
          }
        });
  }

  private static void printedAndReadAgain(byte[] stdin) {
    Json json = Json.parse(stdin);
    String compact = json.toCompactText();
    Untrusted.same(compact, Json.parse(compact).toCompactText());
    Untrusted.same(compact, Json.parse(json.toPrettyText()).toCompactText());
  }

  /** An ADD that succeeds is followed by its DEL, which must succeed too. */
  private static void call(FuzzedNode node, String plugin, String verb, byte[] stdin) {
    Plugin[] plugins = {
      new Flannel(),
      new HostLocal(Calls.attachments(), () -> 1_764_000_000_000L),
      new BridgeConfReading(),
      new PortmapConfReading(),
      new Loopback()
    };
    CniAnswer answer = node.call(call(plugin, verb, stdin), plugins);
    if (verb.equals("ADD") && answer.isSuccess()) {
      CniAnswer del = node.call(call(plugin, "DEL", stdin), plugins);
      if (!del.isSuccess()) {
        throw new AssertionError("its ADD succeeded, its DEL did not: " + del);
      }
    }
  }

  private static CniCall call(String plugin, String verb, byte[] stdin) {
    return new CniCall(
        plugin,
        Map.of(
            "CNI_COMMAND", verb,
            "CNI_CONTAINERID", "c1",
            "CNI_NETNS", "/run/netns/x",
            "CNI_IFNAME", "eth0",
            "CNI_PATH", "/opt/cni/bin"),
        stdin);
  }
}
