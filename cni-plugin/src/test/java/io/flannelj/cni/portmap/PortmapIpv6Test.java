package io.flannelj.cni.portmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniError;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.Listener;
import io.flannelj.cni.testkit.OwnedTable;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Host ports of pods with IPv6, alone and beside IPv4. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class PortmapIpv6Test {
  private static final String WEB = "{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}";
  private static final String IPV4 = "{\"address\":\"10.244.1.2/24\",\"interface\":0}";
  private static final String IPV6 = "{\"address\":\"fd00:10:244:1::2/64\",\"interface\":0}";

  private final PodNetwork net = new PodNetwork();
  private Calls calls;

  @BeforeEach
  void makeCalls(@TempDir Path root) {
    FakeCaller caller = net.keep(new FakeCaller(root));
    Attachments attachments = Calls.attachments();
    calls = new Calls(caller, attachments, new Portmap(net.host(), new Sysctl(), attachments));
    net.node().sh("ip address add 2001:db8::1/64 dev up0 nodad");
    net.outside().sh("ip address add 2001:db8::2/64 dev eth0 nodad");
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private static String conf(String ips, String... mappings) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"portmap",
     "runtimeConfig":{"portMappings":[%s]},
     "prevResult":{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/x"}],"ips":[%s]}}
    """
        .formatted(String.join(",", mappings), ips);
  }

  private <T> T onNode(Supplier<T> work) {
    return net.node().namespace().call(work);
  }

  private void add(String container, String conf) {
    onNode(() -> calls.container(container).result("portmap", "ADD", conf));
  }

  private void silent(String container, String verb, String conf) {
    onNode(
        () -> {
          calls.container(container).silent("portmap", verb, conf);
          return verb;
        });
  }

  private String rules() {
    return net.node().sh("nft list ruleset");
  }

  @Test
  void aPortIsReachedOverIpv6FromOutsideFromTheNodeAndFromThePods() throws Exception {
    TestNamespace web = net.dualPod("web", 2);
    TestNamespace other = net.dualPod("other", 3);
    net.keep(new Listener(web, "::", 80, "web"));
    add("web", conf(IPV6, WEB));
    assertThat(Listener.ask(net.outside(), "2001:db8::1", 8080)).isEqualTo("web sees 2001:db8::2");
    assertThat(Listener.ask(net.node(), "2001:db8::1", 8080)).startsWith("web sees ");
    assertThat(Listener.ask(web, "2001:db8::1", 8080)).isEqualTo("web sees fd00:10:244:1::1");
    assertThat(Listener.ask(other, "2001:db8::1", 8080)).isEqualTo("web sees fd00:10:244:1::1");
    assertThat(Listener.ask(other, "fd00:10:244:1::2", 80)).isEqualTo("web sees fd00:10:244:1::3");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).contains("refused");
    assertThat(rules()).doesNotContain("table ip ");
    silent("web", "CHECK", conf(IPV6, WEB));
    silent("web", "DEL", conf(IPV6, WEB));
    assertThat(rules()).doesNotContain("elements");
    assertThat(Listener.ask(net.outside(), "2001:db8::1", 8080)).contains("refused");
  }

  @Test
  void inDualStackEachFamilyHasItsMappingsAndDelTakesBoth() throws Exception {
    TestNamespace web = net.dualPod("web", 2);
    net.keep(new Listener(web, "10.244.1.2", 80, "four"));
    net.keep(new Listener(web, "fd00:10:244:1::2", 80, "six"));
    String only6 =
        "{\"hostPort\":81,\"containerPort\":80,\"protocol\":\"tcp\",\"hostIP\":\"2001:db8::1\"}";
    String any4 =
        "{\"hostPort\":82,\"containerPort\":80,\"protocol\":\"tcp\",\"hostIP\":\"0.0.0.0\"}";
    add("web", conf(IPV4 + "," + IPV6, WEB, only6, any4));
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).startsWith("four ");
    assertThat(Listener.ask(net.outside(), "2001:db8::1", 8080)).startsWith("six ");
    assertThat(Listener.ask(net.outside(), "2001:db8::1", 81)).startsWith("six ");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 81)).contains("refused");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 82)).startsWith("four ");
    assertThat(Listener.ask(net.outside(), "2001:db8::1", 82)).contains("refused");
    assertThat(rules())
        .contains("2001:db8::1 . tcp . 81 comment \"net/web/eth0\" : fd00:10:244:1::2 . 80");
    // Without prevResult nothing is known of the pod.
    silent("web", "DEL", "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"portmap\"}");
    assertThat(rules()).doesNotContain("elements").contains("table ip6 flannelj_hostport");
  }

  @Test
  void aConflictInOneFamilyLeavesNothingOfTheOther() {
    net.dualPod("a", 2);
    net.dualPod("b", 3);
    add("a", conf(IPV6, WEB));
    String pod = IPV4.replace("1.2/", "1.3/") + "," + IPV6.replace("::2/", "::3/");
    CniError error = onNode(() -> calls.container("b").error("portmap", "ADD", conf(pod, WEB)));
    assertThat(error.text()).isEqualTo("host port tcp :8080 is taken by the attachment net/a/eth0");
    assertThat(rules()).doesNotContain("net/b/eth0");
  }

  @Test
  void whatGcCannotRemoveInOneFamilyKeepsNothingInTheOther() {
    net.dualPod("web", 2);
    add("web", conf(IPV4 + "," + IPV6, WEB));
    String pair = "ipv4_addr . inet_service";
    String sets =
        "map ports { type inet_proto . inet_service : "
            + pair
            + "; elements = { tcp . 8080 comment \"net/web/eth0\" : 10.244.1.2 . 80 }; };"
            + " map address_ports { type ipv4_addr . inet_proto . inet_service : "
            + pair
            + "; }; set masquerade_pairs { type ipv4_addr . ipv4_addr; flags interval; };";
    net.node().sh("nft delete table ip flannelj_hostport");
    String gc =
        "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"portmap\","
            + "\"cni.dev/valid-attachments\":[]}";
    try (OwnedTable table = new OwnedTable(net.node(), "ip flannelj_hostport", sets)) {
      CniError error = onNode(() -> calls.container("any").error("portmap", "GC", gc));
      assertThat(error.text()).startsWith("GC left something: ").contains("EPERM");
      assertThat(net.node().sh("nft list table ip6 flannelj_hostport"))
          .doesNotContain("net/web/eth0");
    }
  }
}
