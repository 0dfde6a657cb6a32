package io.flannelj.cni.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.bridge.Bridge;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.portmap.Portmap;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.cni.testkit.RealPod;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods that the reference plugins made and that ours delete. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class SwitchedPodTest {
  private static final Path PLUGINS = Path.of("/usr/lib/cni");

  @TempDir Path root;
  @TempDir Path bin;
  private final PodNetwork net = new PodNetwork();
  private final Map<String, TestNamespace> pods = new HashMap<>();
  private FakeCaller caller;
  private Calls calls;

  @BeforeEach
  void makeCalls() {
    Attachments attachments = Calls.attachments();
    caller = net.keep(new FakeCaller(root));
    calls =
        new Calls(
            caller,
            attachments,
            new Bridge(net.host(), new Sysctl(), attachments),
            new Portmap(net.host(), new Sysctl(), attachments),
            new HostLocal(attachments, System::currentTimeMillis));
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private static String bridge(String dataDir) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"bridge","isDefaultGateway":true,"ipMasq":true,
     "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"10.244.1.0/24"}],
       [{"subnet":"fd00:10:244:1::/64"}]]}}
    """
        .formatted(dataDir);
  }

  private static String portmap(int port, String previous) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"portmap","snat":true,
     "runtimeConfig":{"portMappings":[
       {"hostPort":%d,"containerPort":80,"protocol":"tcp"}]},"prevResult":%s}
    """
        .formatted(port, previous);
  }

  private TestNamespace pod(String container) {
    return pods.computeIfAbsent(container, name -> net.keep(new TestNamespace()));
  }

  private String reference(String plugin, String container, String conf) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                "nsenter", "--net=" + net.node().path(), PLUGINS.resolve(plugin).toString())
            .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("CNI_COMMAND", "ADD");
    environment.put("CNI_CONTAINERID", container);
    environment.put("CNI_NETNS", pod(container).path());
    environment.put("CNI_IFNAME", "eth0");
    environment.put("CNI_PATH", PLUGINS.toString());
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    Process process = builder.start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(conf.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Made by the reference plugins. */
  private void makePod(String container, int port) throws Exception {
    String result = reference("bridge", container, bridge(root.resolve("nets").toString()));
    JsonObject parsed = (JsonObject) Json.parse(result);
    reference("portmap", container, portmap(port, parsed.toCompactText()));
  }

  private void silent(String plugin, String container, String verb, String conf) {
    caller.withPod(net.keep(new RealPod(pod(container))));
    net.node()
        .namespace()
        .call(
            () -> {
              calls.container(container).silent(plugin, verb, conf);
              return verb;
            });
  }

  private void delete(String container) {
    silent(
        "portmap",
        container,
        "DEL",
        "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"portmap\"}");
    silent("bridge", container, "DEL", bridge("/nets"));
  }

  private String rules(String variant) {
    return net.node().sh("iptables-" + variant + "-save -t nat")
        + net.node().sh("ip6tables-" + variant + "-save -t nat");
  }

  private static void needsPlugins() {
    assumeTrue(
        Files.isExecutable(PLUGINS.resolve("portmap")),
        "SKIPPED: " + PLUGINS + "/portmap is missing (Debian package containernetworking-plugins)");
  }

  /** The reference plugins call whatever iptables is in their PATH. */
  private void choose(String variant) throws Exception {
    needsPlugins();
    for (String program : List.of("iptables", "ip6tables")) {
      Path found = Path.of("/usr/sbin/" + program + "-" + variant);
      assumeTrue(
          net.node().attempt(found.toString(), "-t", "nat", "-S").exit() == 0,
          "SKIPPED: " + found + " is missing (Debian package iptables), or its kernel modules");
      Files.createSymbolicLink(bin.resolve(program), found);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nft", "legacy"})
  void aPodsRulesInIptablesGoWithItAndOthersStay(String variant) throws Exception {
    choose(variant);
    makePod("gone", 8080);
    makePod("stays", 8081);
    assertThat(rules(variant).split("id: ..gone", -1)).hasSize(9);
    final int others = rules(variant).split("id: ..stays", -1).length;

    delete("gone");

    assertThat(rules(variant))
        .doesNotContain("gone")
        .doesNotContain("8080")
        .doesNotContain("10.244.1.2/32")
        .contains("-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT");
    assertThat(rules(variant).split("id: ..stays", -1)).hasSize(others);
    assertThat(net.node().sh("ip -br link show type veth").lines()).hasSize(2);
    delete("gone");
    delete("stays");
    assertThat(rules(variant).lines().filter(line -> line.matches(":CNI-(DN-)?[0-9a-f]+ .*")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nft", "legacy"})
  void aChainOfThatNameForAnotherContainerStays(String variant) throws Exception {
    choose(variant);
    // The name is a hash of network and container without anything between them.
    String chain = new ReferenceNames(new Attachment("net", "web", "eth0")).masqueradeChain();
    String iptables = "iptables-" + variant;
    net.node().run(iptables, "-t", "nat", "-N", chain);
    String comment = "name: \"ne\" id: \"tweb\"";
    net.node()
        .run(
            "sh",
            "-ec",
            iptables
                + " -t nat -A POSTROUTING -s 10.9.9.9 -m comment --comment '"
                + comment
                + "' -j "
                + chain);
    String before = net.node().sh(iptables + " -t nat -S");
    delete("web");
    assertThat(net.node().sh(iptables + " -t nat -S")).isEqualTo(before).contains(chain);
  }

  @Test
  void aPodsRulesInTheReferencesOwnTablesGoWithIt() {
    String masquerade =
        "ip saddr 10.244.1.%d ip daddr != 10.244.1.0/24 masquerade comment \"%s\"\n";
    String port = "tcp dport %d dnat to 10.244.1.%d:80 comment \"%s\"\n";
    String ruleset =
        "table inet cni_plugins_masquerade {\nchain masq_checks {\n"
            + masquerade.formatted(2, comment("gone", "eth0"))
            + masquerade.formatted(3, comment("stays", "eth0"))
            + masquerade.formatted(4, comment("gone", "eth1"))
            + "}\n}\ntable ip cni_hostport {\nchain hostports {\n"
            + port.formatted(8080, 2, "gone")
            + port.formatted(8081, 3, "stays")
            + "}\nchain masquerading {\ntype nat hook postrouting priority 100;\n"
            + "ip saddr 10.244.1.2 ip daddr 10.244.1.2 masquerade comment \"gone\"\n}\n}\n";
    net.node().run("sh", "-ec", "echo '" + ruleset + "' | nft -f -");

    delete("gone");

    assertThat(net.node().sh("nft list ruleset"))
        .doesNotContain("10.244.1.2")
        .doesNotContain("8080")
        .contains("10.244.1.3 ip daddr", "10.244.1.4 ip daddr", "tcp dport 8081");
  }

  /** As pkg/ip of the reference plugins writes it. */
  private static String comment(String container, String ifName) {
    Map<String, String> hashes =
        Map.of(
            "gone eth0", "6da90a6414599963",
            "gone eth1", "5e984eac49ae358d",
            "stays eth0", "358d49d19f38c03f");
    return "a4861f4ae9f7d238-"
        + hashes.get(container + " " + ifName)
        + ", net: net, if: "
        + ifName
        + ", id: "
        + container;
  }
}
