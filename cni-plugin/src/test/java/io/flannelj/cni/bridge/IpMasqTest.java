package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.ipam.HostLocal;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.Listener;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.cni.testkit.RealPod;
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

/** Whom others see when a pod speaks, with real connections through the kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class IpMasqTest {
  private final PodNetwork net = new PodNetwork();
  private FakeCaller caller;
  private Calls calls;

  @BeforeEach
  void makeCalls(@TempDir Path root) {
    Attachments attachments = Calls.attachments();
    caller = net.keep(new FakeCaller(root));
    calls =
        new Calls(
            caller,
            attachments,
            new Bridge(net.host(), new Sysctl(), attachments),
            new HostLocal(attachments, System::currentTimeMillis));
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private static String conf(boolean ipMasq) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"bridge","isDefaultGateway":true,"ipMasq":%s,
     "ipam":{"type":"host-local","ranges":[[{"subnet":"10.244.1.0/24"}]]}}
    """
        .formatted(ipMasq);
  }

  private <T> T onNode(Supplier<T> work) {
    return net.node().namespace().call(work);
  }

  private TestNamespace pod(String container, boolean ipMasq) {
    TestNamespace pod = net.keep(new TestNamespace());
    caller.withPod(net.keep(new RealPod(pod)));
    JsonObject result =
        onNode(() -> calls.container(container).result("bridge", "ADD", conf(ipMasq)));
    assertThat(result.array("ips")).hasSize(1);
    return pod;
  }

  private void silent(String container, String verb, String conf) {
    onNode(
        () -> {
          calls.container(container).silent("bridge", verb, conf);
          return verb;
        });
  }

  private String rules() {
    return net.node().sh("nft list ruleset");
  }

  @Test
  void othersSeeTheNodeAndThePodsNetworkSeesThePod() throws Exception {
    TestNamespace first = pod("first", true);
    assertThat(rules())
        .isEqualTo(
            """
            table ip flannelj_masquerade {
            	comment "flannel-j ipMasq, version 1"
            	set pods {
            		type ipv4_addr
            		elements = { 10.244.1.2 comment "net/first/eth0" }
            	}

            	set networks {
            		type ipv4_addr . ipv4_addr
            		flags interval
            		elements = { 10.244.1.2 . 10.244.1.0/24 comment "net/first/eth0" }
            	}

            	chain postrouting {
            		type nat hook postrouting priority srcnat; policy accept;
            		ip saddr @pods ip daddr != 224.0.0.0/4 ip saddr . ip daddr != @networks masquerade
            	}
            }
            """);
    TestNamespace second = pod("second", true);
    net.keep(new Listener(net.outside(), "0.0.0.0", 80, "outside"));
    net.keep(new Listener(net.node(), "0.0.0.0", 80, "node"));
    net.keep(new Listener(second, "0.0.0.0", 80, "second"));
    assertThat(Listener.ask(first, "192.0.2.2", 80)).isEqualTo("outside sees 192.0.2.1");
    assertThat(Listener.ask(second, "192.0.2.2", 80)).isEqualTo("outside sees 192.0.2.1");
    assertThat(Listener.ask(first, "10.244.1.3", 80)).isEqualTo("second sees 10.244.1.2");
    assertThat(Listener.ask(first, "10.244.1.1", 80)).isEqualTo("node sees 10.244.1.2");

    silent("first", "DEL", conf(true));
    assertThat(rules()).doesNotContain("net/first/eth0").contains("net/second/eth0");
    assertThat(Listener.ask(second, "192.0.2.2", 80)).isEqualTo("outside sees 192.0.2.1");
    silent("second", "DEL", conf(true));
    assertThat(rules()).doesNotContain("elements");
  }

  @Test
  void withoutIpMasqThePodsAddressLeavesTheNodeAndThereIsNoTable() throws Exception {
    TestNamespace pod = pod("plain", false);
    net.outside().sh("ip route add 10.244.1.0/24 via 192.0.2.1");
    net.keep(new Listener(net.outside(), "0.0.0.0", 80, "outside"));
    assertThat(Listener.ask(pod, "192.0.2.2", 80)).isEqualTo("outside sees 10.244.1.2");
    silent("plain", "DEL", conf(false));
    assertThat(rules()).isEmpty();
  }
}
