package io.flannelj.cni.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ours and the reference plugin at work on one directory. */
final class HostLocalPeerTest {
  private static final Path REFERENCE = Path.of("/usr/lib/cni/host-local");
  private static final int EACH = 40;

  @TempDir Path root;
  private FakeCaller caller;
  private HostLocal ours;

  @BeforeEach
  void setUp() {
    assumeTrue(
        Files.isExecutable(REFERENCE),
        "SKIPPED: " + REFERENCE + " is missing (Debian package containernetworking-plugins)");
    caller = new FakeCaller(root);
    ours = new HostLocal(Calls.attachments(), System::currentTimeMillis);
  }

  @AfterEach
  void tearDown() {
    if (caller != null) {
      caller.close();
    }
  }

  private static String conf(String dataDir) {
    return "{\"cniVersion\":\"0.4.0\",\"name\":\"net\",\"type\":\"bridge\",\"ipam\":"
        + "{\"type\":\"host-local\",\"dataDir\":\""
        + dataDir
        + "\",\"ranges\":[[{\"subnet\":\"10.8.0.0/24\"}],[{\"subnet\":\"2001:db8:0:0:1::/80\"}]]}}";
  }

  private Calls calls(String id) {
    return new Calls(caller, Calls.attachments(), ours).container(id);
  }

  private static List<String> addresses(JsonObject result) {
    List<String> addresses = new ArrayList<>();
    for (JsonObject ip : result.objects("ips")) {
      addresses.add(ip.textOrEmpty("address"));
    }
    return addresses;
  }

  private List<String> addOurs(String id) {
    return addresses(calls(id).result("host-local", "ADD", conf("/nets")));
  }

  private List<String> addReference(String id) throws Exception {
    return addresses((JsonObject) Json.parse(reference("ADD", id)));
  }

  private String reference(String verb, String id) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(REFERENCE.toString()).redirectErrorStream(true);
    builder.environment().clear();
    builder
        .environment()
        .putAll(
            Map.of(
                "CNI_COMMAND", verb,
                "CNI_CONTAINERID", id,
                "CNI_NETNS", "/run/netns/none",
                "CNI_IFNAME", "eth0",
                "CNI_PATH", "/usr/lib/cni"));
    Process process = builder.start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(conf(root.resolve("nets").toString()).getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(verb + " " + id + ": " + output).isZero();
    return output;
  }

  @Test
  void atTheSameTimeNoAddressIsGivenTwiceAndEachReleasesTheOthersRecords() throws Exception {
    Set<String> given = new HashSet<>();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<List<String>>> all = new ArrayList<>();
      for (int i = 0; i < EACH; i++) {
        String number = Integer.toString(i);
        all.add(pool.submit(() -> addOurs("ours" + number)));
        all.add(pool.submit(() -> addReference("theirs" + number)));
      }
      for (Future<List<String>> one : all) {
        assertThat(one.get()).hasSize(2);
        for (String address : one.get()) {
          assertThat(given.add(address)).as(address + " was given before").isTrue();
        }
      }
      assertThat(given).hasSize(4 * EACH);
      List<Future<?>> removals = new ArrayList<>();
      for (int i = 0; i < EACH; i++) {
        String number = Integer.toString(i);
        removals.add(
            pool.submit(() -> calls("theirs" + number).silent("host-local", "DEL", conf("/nets"))));
        removals.add(pool.submit(() -> reference("DEL", "ours" + number)));
      }
      for (Future<?> one : removals) {
        one.get();
      }
    } finally {
      pool.shutdownNow();
    }
    try (var left = Files.list(root.resolve("nets/net"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("lock", "last_reserved_ip.0", "last_reserved_ip.1");
    }
  }

  @Test
  void eachGoesOnWhereTheOtherStopped() throws Exception {
    assertThat(addOurs("a")).containsExactly("10.8.0.2/24", "2001:db8::1:0:0:2/80");
    assertThat(addReference("b")).containsExactly("10.8.0.3/24", "2001:db8::1:0:0:3/80");
    assertThat(addOurs("c")).containsExactly("10.8.0.4/24", "2001:db8::1:0:0:4/80");
    reference("CHECK", "a");
    calls("b").silent("host-local", "CHECK", conf("/nets"));
    assertThat(caller.read("/nets/net/2001:db8::1:0:0:3")).isEqualTo("b\r\neth0");
    assertThat(caller.read("/nets/net/2001:db8::1:0:0:4")).isEqualTo("c\r\neth0");
  }
}
