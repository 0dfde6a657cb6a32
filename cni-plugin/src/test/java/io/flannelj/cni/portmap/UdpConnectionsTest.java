package io.flannelj.cni.portmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.cni.testkit.UdpTalk;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sender of UDP that never stops is led to whoever has the port now. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class UdpConnectionsTest {
  private static final String DNS = "{\"hostPort\":5353,\"containerPort\":53,\"protocol\":\"udp\"}";

  private final PodNetwork net = new PodNetwork();
  private Calls calls;

  @BeforeEach
  void makeCalls(@TempDir Path root) {
    FakeCaller caller = net.keep(new FakeCaller(root));
    Attachments attachments = Calls.attachments();
    calls = new Calls(caller, attachments, new Portmap(net.host(), new Sysctl(), attachments));
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private void call(String container, String verb, String address, String mapping) {
    String conf =
        """
        {"cniVersion":"1.0.0","name":"net","type":"portmap",
         "runtimeConfig":{"portMappings":[%s]},
         "prevResult":{"cniVersion":"1.0.0",
           "interfaces":[{"name":"eth0","sandbox":"/run/netns/dummy"}],
           "ips":[{"address":"%s/24","gateway":"10.244.1.1","interface":0}]}}
        """
            .formatted(mapping, address);
    net.node()
        .namespace()
        .call(
            () -> {
              Calls now = calls.container(container);
              return verb.equals("ADD")
                  ? now.result("portmap", verb, conf).toCompactText()
                  : silent(now, verb, conf);
            });
  }

  private static String silent(Calls calls, String verb, String conf) {
    calls.silent("portmap", verb, conf);
    return "";
  }

  @Test
  void theNextPacketGoesWhereTheMappingLeads() throws Exception {
    net.keep(UdpTalk.server(net.pod("a", "10.244.1.2"), 53, "a"));
    net.keep(UdpTalk.server(net.pod("b", "10.244.1.3"), 53, "b"));
    net.keep(UdpTalk.server(net.node(), 5353, "node"));
    UdpTalk sender = net.keep(UdpTalk.client(net.outside(), 4000));
    // Something is mapped already, so that conntrack is at work.
    call("a", "ADD", "10.244.1.2", DNS.replace("5353", "5354"));

    assertThat(sender.ask("192.0.2.1", 5353)).isEqualTo("node");
    call("a", "ADD", "10.244.1.2", DNS);
    assertThat(sender.ask("192.0.2.1", 5353)).isEqualTo("a");
    call("a", "DEL", "10.244.1.2", DNS);
    assertThat(sender.ask("192.0.2.1", 5353)).isEqualTo("node");
    call("b", "ADD", "10.244.1.3", DNS);
    assertThat(sender.ask("192.0.2.1", 5353)).isEqualTo("b");
    call("b", "DEL", "10.244.1.3", "");
    assertThat(sender.ask("192.0.2.1", 5353)).isEqualTo("node");
  }

  @Test
  void othersConnectionsToTheSamePortStay() throws Exception {
    TestNamespace pod = net.pod("a", "10.244.1.2");
    net.outside().sh("ip route add 10.244.1.0/24 via 192.0.2.1");
    net.node().run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    net.node().sh("ip address add 192.0.2.7/24 dev up0");
    net.keep(UdpTalk.server(net.outside(), 5353, "outside"));
    net.keep(UdpTalk.server(net.node(), 5353, "node"));
    call("a", "ADD", "10.244.1.2", DNS.replace("5353", "5354"));
    UdpTalk sender = net.keep(UdpTalk.client(pod, 4000));
    assertThat(sender.ask("192.0.2.2", 5353)).isEqualTo("outside");
    assertThat(net.keep(UdpTalk.client(net.outside(), 4001)).ask("192.0.2.1", 5353))
        .isEqualTo("node");

    String one = DNS.replace("}", ",\"hostIP\":\"192.0.2.7\"}");
    call("a", "ADD", "10.244.1.2", one);

    assertThat(connections()).contains("dst=192.0.2.2 sport=4000", "dst=192.0.2.1 sport=4001");
    call("a", "ADD", "10.244.1.2", DNS);
    assertThat(connections())
        .contains("dst=192.0.2.2 sport=4000")
        .doesNotContain("dst=192.0.2.1 sport=4001");
  }

  private String connections() {
    return net.node().sh("cat /proc/thread-self/net/nf_conntrack");
  }
}
