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

/** Pods with IPv6, alone and beside IPv4, from ADD to the first connection. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class BridgeIpv6Test {
  private static final String IPV4 = "[{\"subnet\":\"10.244.1.0/24\"}]";
  private static final String IPV6 = "[{\"subnet\":\"fd00:10:244:1::/64\"}]";

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
    net.node().sh("ip address add 2001:db8::1/64 dev up0 nodad");
    net.outside().sh("ip address add 2001:db8::2/64 dev eth0 nodad");
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private static String conf(String ranges) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"bridge","isDefaultGateway":true,"ipMasq":true,
     "mtu":1430,"ipam":{"type":"host-local","ranges":[%s]}}
    """
        .formatted(ranges);
  }

  private <T> T onNode(Supplier<T> work) {
    return net.node().namespace().call(work);
  }

  private TestNamespace pod(String container, String ranges) {
    TestNamespace pod = net.keep(new TestNamespace());
    caller.withPod(net.keep(new RealPod(pod)));
    JsonObject result =
        onNode(() -> calls.container(container).result("bridge", "ADD", conf(ranges)));
    assertThat(result.array("ips")).isNotEmpty();
    return pod;
  }

  @Test
  void anIpv6PodTalksAtOnceAndIsMasqueraded() throws Exception {
    net.keep(new Listener(net.outside(), "::", 80, "outside"));
    TestNamespace first = pod("first", IPV6);
    // No wait: an address under duplicate detection could not be used for a second.
    assertThat(Listener.ask(first, "2001:db8::2", 80)).isEqualTo("outside sees 2001:db8::1");
    TestNamespace second = pod("second", IPV6);
    net.keep(new Listener(second, "::", 80, "second"));
    assertThat(Listener.ask(first, "fd00:10:244:1::3", 80))
        .isEqualTo("second sees fd00:10:244:1::2");
    assertThat(first.run("ip", "-6", "address", "show", "dev", "eth0", "scope", "global"))
        .contains("fd00:10:244:1::2/64 scope global nodad")
        .doesNotContain("tentative");
    assertThat(first.run("ip", "-6", "route", "show", "default"))
        .contains("via fd00:10:244:1::1 dev eth0");
    assertThat(first.run("ip", "-4", "address", "show", "dev", "eth0")).isEmpty();
  }

  @Test
  void noDeviceOfOursHearsARouter() {
    pod("first", IPV4 + "," + IPV6);
    assertThat(net.node().run("sh", "-c", "cat /proc/sys/net/ipv6/conf/cni0/accept_ra").strip())
        .isEqualTo("0");
    assertThat(net.node().run("sh", "-c", "cat /proc/sys/net/ipv6/conf/veth*/accept_ra").strip())
        .isEqualTo("0");
    assertThat(net.node().run("ip", "-6", "address", "show", "dev", "cni0", "scope", "global"))
        .contains("fd00:10:244:1::1/64 scope global nodad");
    // Else it would ask for no pod's MAC yet.
    assertThat(net.node().run("ip", "-6", "address", "show", "dev", "cni0", "scope", "link"))
        .contains("fe80::")
        .doesNotContain("tentative");
  }

  @Test
  void aDualStackPodHasBothAndLosesBoth() throws Exception {
    net.keep(new Listener(net.outside(), "192.0.2.2", 80, "four"));
    net.keep(new Listener(net.outside(), "2001:db8::2", 80, "six"));
    TestNamespace pod = pod("first", IPV4 + "," + IPV6);
    assertThat(Listener.ask(pod, "192.0.2.2", 80)).isEqualTo("four sees 192.0.2.1");
    assertThat(Listener.ask(pod, "2001:db8::2", 80)).isEqualTo("six sees 2001:db8::1");
    onNode(
        () -> {
          calls.container("first").silent("bridge", "DEL", conf(IPV4 + "," + IPV6));
          return true;
        });
    assertThat(net.node().sh("nft list ruleset")).doesNotContain("elements");
    assertThat(net.node().run("ip", "-o", "link", "show", "master", "cni0")).isEmpty();
    TestNamespace next = pod("next", IPV4 + "," + IPV6);
    assertThat(Listener.ask(next, "2001:db8::2", 80)).isEqualTo("six sees 2001:db8::1");
  }
}
