package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.flannel.Flannel;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard input with bytes changed at random gets an answer, and never an untyped failure. */
final class MutatedInputTest {
  private static final int ROUNDS = 3_000;
  private static final String CONF =
      "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"flannel\",\"delegate\":{\"type\":"
          + "\"host-local\",\"mtu\":1e3},\"ipam\":{\"type\":\"host-local\",\"subnet\":\"10.1.0.0/24\","
          + "\"ranges\":[[{\"subnet\":\"2001:db8::/64\",\"rangeStart\":\"2001:db8::5\"}]],"
          + "\"routes\":[{\"dst\":\"10.0.0.0/8\",\"gw\":\"10.1.0.1\",\"table\":5}]},"
          + "\"runtimeConfig\":{\"ips\":[\"10.1.0.9/24\"]},\"args\":{\"cni\":{\"ips\":[]}},"
          + "\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"eth0\"}],"
          + "\"prevResult\":{\"cniVersion\":\"1.1.0\",\"interfaces\":[{\"name\":\"eth0\"}],"
          + "\"ips\":[{\"interface\":0,\"address\":\"10.1.0.9/24\"}],\"dns\":{\"search\":[\"a\"]}}}";
  private static final String ALPHABET =
      "{}[]\":,\\/.0123456789eE+-nulltruefas \u0000\u00ff\n:ipam";

  @Test
  void everyInputIsAnswered(@TempDir Path root) {
    long seed = Long.getLong("seed", 20251125L);
    Random random = new Random(seed);
    try (FakeCaller caller = new FakeCaller(root)) {
      caller.write(
          "/run/flannel/subnet.env",
          "FLANNEL_NETWORK=10.1.0.0/16\nFLANNEL_SUBNET=10.1.17.1/24\nFLANNEL_MTU=1472\nFLANNEL_IPMASQ=true\n");
      PluginDispatcher dispatcher =
          new PluginDispatcher(
              new PluginRegistry(
                  List.of(
                      new Flannel(),
                      new HostLocal(Calls.attachments(), System::currentTimeMillis))),
              Calls.attachments());
      for (int i = 0; i < ROUNDS; i++) {
        byte[] stdin = mutate(CONF.getBytes(StandardCharsets.UTF_8), random);
        String plugin = random.nextBoolean() ? "flannel" : "host-local";
        String verb = List.of("ADD", "DEL", "CHECK", "GC", "STATUS").get(random.nextInt(5));
        CniAnswer answer = dispatcher.dispatch(call(plugin, verb, i, stdin), caller);
        if (answer.isSuccess()) {
          continue;
        }
        CniError error = CniError.parse(answer.stdout()).orElseThrow();
        assertThat(answer.stderr())
            .as("seed %d round %d %s %s: %s", seed, i, plugin, verb, error.getMessage())
            .doesNotContain("Exception");
      }
    }
  }

  private static CniCall call(String plugin, String verb, int number, byte[] stdin) {
    return new CniCall(
        plugin,
        Map.of(
            "CNI_COMMAND", verb,
            "CNI_CONTAINERID", "c" + number,
            "CNI_NETNS", "/run/netns/x",
            "CNI_IFNAME", "eth0",
            "CNI_PATH", "/opt/cni/bin"),
        stdin);
  }

  private static byte[] mutate(byte[] text, Random random) {
    byte[] mutated = text.clone();
    for (int n = random.nextInt(4); n >= 0; n--) {
      mutated[random.nextInt(mutated.length)] =
          (byte) ALPHABET.charAt(random.nextInt(ALPHABET.length()));
    }
    return random.nextInt(10) == 0
        ? java.util.Arrays.copyOf(mutated, random.nextInt(mutated.length))
        : mutated;
  }
}
