package io.flannelj.cni.portmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.Attachment;
import io.flannelj.cni.CallerDirectory.FileLock;
import io.flannelj.cni.CniError;
import io.flannelj.cni.attachment.Attachments;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.rules.AttachmentTable;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.cni.testkit.Listener;
import io.flannelj.cni.testkit.PodNetwork;
import io.flannelj.net.IpPrefix;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Host ports with real connections through the kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class PortmapTest {
  private static final String WEB = "{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\"}";

  private static final String TWO_PODS =
      """
      table ip flannelj_hostport {
      	comment "flannel-j host ports, version 2"
      	map ports {
      		type inet_proto . inet_service : ipv4_addr . inet_service
      		elements = { tcp . 8080 comment "net/a/eth0" : 10.244.1.2 . 80 }
      	}

      	map address_ports {
      		type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
      		elements = { 192.0.2.7 . tcp . 8080 comment "net/b/eth0" : 10.244.1.3 . 80 }
      	}

      	set masquerade_pairs {
      		type ipv4_addr . ipv4_addr
      		flags interval
      		elements = { 10.244.1.0/24 . 10.244.1.2 comment "net/a/eth0",
      			     127.0.0.0/8 . 10.244.1.2 comment "net/a/eth0",
      			     10.244.1.0/24 . 10.244.1.3 comment "net/b/eth0",
      			     127.0.0.0/8 . 10.244.1.3 comment "net/b/eth0" }
      	}

      	chain prerouting {
      		type nat hook prerouting priority dstnat; policy accept;
      		fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @address_ports
      		fib daddr type local dnat ip to meta l4proto . th dport map @ports
      	}

      	chain output {
      		type nat hook output priority -100; policy accept;
      		fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @address_ports
      		fib daddr type local dnat ip to meta l4proto . th dport map @ports
      	}

      	chain postrouting {
      		type nat hook postrouting priority srcnat; policy accept;
      		ct status dnat ip saddr . ip daddr @masquerade_pairs masquerade
      	}

      	chain input {
      		type filter hook input priority filter; policy accept;
      		ip daddr 127.0.0.0/8 iifname != "lo" ct state invalid,new,untracked drop
      	}
      }
      """;

  private final PodNetwork net = new PodNetwork();
  private final Attachments attachments = Calls.attachments();
  private FakeCaller caller;
  private Calls calls;

  @BeforeEach
  void makeCalls(@TempDir Path root) {
    caller = net.keep(new FakeCaller(root));
    calls = new Calls(caller, attachments, new Portmap(net.host(), new Sysctl(), attachments));
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  private static String conf(String address, String more, String... mappings) {
    return """
    {"cniVersion":"1.0.0","name":"net","type":"portmap",%s
     "runtimeConfig":{"portMappings":[%s]},
     "prevResult":{"cniVersion":"1.0.0",
       "interfaces":[{"name":"cni0"},{"name":"veth1"},
         {"name":"eth0","sandbox":"/run/netns/dummy"}],
       "ips":[{"address":"%s/24","gateway":"10.244.1.1","interface":2}]}}
    """
        .formatted(more, String.join(",", mappings), address);
  }

  private <T> T onNode(Supplier<T> work) {
    return net.node().namespace().call(work);
  }

  private JsonObject add(String container, String conf) {
    return onNode(() -> calls.container(container).result("portmap", "ADD", conf));
  }

  private CniError error(String container, String verb, String conf) {
    return onNode(() -> calls.container(container).error("portmap", verb, conf));
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
  void aPortIsReachedFromOutsideFromTheNodeByLoopbackAndFromThePods() throws Exception {
    TestNamespace web = net.pod("web", "10.244.1.2");
    TestNamespace other = net.pod("other", "10.244.1.3");
    net.keep(new Listener(web, "0.0.0.0", 80, "web"));
    add("web", conf("10.244.1.2", "", WEB));

    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).isEqualTo("web sees 192.0.2.2");
    assertThat(Listener.ask(net.node(), "192.0.2.1", 8080)).startsWith("web sees ");
    assertThat(Listener.ask(net.node(), "127.0.0.1", 8080)).isEqualTo("web sees 10.244.1.1");
    assertThat(Listener.ask(web, "192.0.2.1", 8080)).isEqualTo("web sees 10.244.1.1");
    assertThat(Listener.ask(other, "192.0.2.1", 8080)).isEqualTo("web sees 10.244.1.1");
    // A pod that is not addressed through the node is not disturbed.
    assertThat(Listener.ask(other, "10.244.1.2", 80)).isEqualTo("web sees 10.244.1.3");

    silent("web", "DEL", "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"portmap\"}");
    assertThat(rules()).doesNotContain("elements").contains("table ip flannelj_hostport");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).contains("refused");
    silent("web", "DEL", conf("10.244.1.2", "", WEB));
  }

  @Test
  void twoPodsHaveTheirOwnPortsAndOneAddressOfTheNodeGoesBeforeAll() throws Exception {
    net.node().sh("ip address add 192.0.2.7/24 dev up0");
    net.keep(new Listener(net.pod("a", "10.244.1.2"), "0.0.0.0", 80, "a"));
    net.keep(new Listener(net.pod("b", "10.244.1.3"), "0.0.0.0", 80, "b"));
    add("a", conf("10.244.1.2", "", WEB));
    add(
        "b",
        conf(
            "10.244.1.3",
            "",
            "{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"tcp\",\"hostIP\":\"192.0.2.7\"}",
            "{\"hostPort\":9,\"containerPort\":9,\"protocol\":\"udp\",\"hostIP\":\"fd00::1\"}"));
    assertThat(rules()).isEqualTo(TWO_PODS);
    // As an operator keeps the ruleset for the next boot.
    net.node()
        .run(
            "sh",
            "-ec",
            "saved=$(nft list ruleset); nft flush ruleset; echo \"$saved\" | nft -f -");
    assertThat(rules()).isEqualTo(TWO_PODS);
    net.keep(new Listener(net.pod("c", "10.244.1.4"), "0.0.0.0", 80, "c"));
    add(
        "c",
        conf("10.244.1.4", "", "{\"hostPort\":8081,\"containerPort\":80,\"protocol\":\"TCP\"}"));
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).startsWith("a ");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8081)).startsWith("c ");
    assertThat(Listener.ask(net.outside(), "192.0.2.7", 8080)).startsWith("b ");

    silent("b", "DEL", conf("10.244.1.3", ""));
    silent("c", "DEL", conf("10.244.1.4", ""));
    assertThat(Listener.ask(net.outside(), "192.0.2.7", 8080)).startsWith("a ");
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8081)).contains("refused");
  }

  @Test
  void aPortThatAnotherPodHasIsRefusedWithItsHolder() {
    net.pod("a", "10.244.1.2");
    net.pod("b", "10.244.1.3");
    add("a", conf("10.244.1.2", "", WEB));
    String before = rules();
    CniError error =
        error(
            "b",
            "ADD",
            conf(
                "10.244.1.3",
                "",
                "{\"hostPort\":8082,\"containerPort\":82,\"protocol\":\"tcp\"}",
                WEB));
    assertThat(error.text()).isEqualTo("host port tcp :8080 is taken by the attachment net/a/eth0");
    assertThat(rules()).isEqualTo(before);
    // The same pod again, with more ports, is no conflict.
    add(
        "a",
        conf("10.244.1.2", "", "{\"hostPort\":82,\"containerPort\":82,\"protocol\":\"udp\"}", WEB));
    assertThat(rules()).contains("udp . 82").contains("tcp . 8080");
  }

  @Test
  void whatAFormerOwnerOfTheAddressLeftIsTakenAway() throws Exception {
    TestNamespace pod = net.pod("b", "10.244.1.2");
    net.keep(new Listener(pod, "0.0.0.0", 80, "b"));
    add("a", conf("10.244.1.2", "", WEB));
    add("b", conf("10.244.1.2", "\"masqAll\":true,", WEB));
    assertThat(rules()).doesNotContain("net/a/eth0");
    silent("a", "DEL", conf("10.244.1.2", "", WEB));
    assertThat(Listener.ask(net.outside(), "192.0.2.1", 8080)).isEqualTo("b sees 10.244.1.1");
  }

  @Test
  void checkNamesWhatIsMissingAndGcKeepsWhatIsValid() {
    net.pod("a", "10.244.1.2");
    net.pod("b", "10.244.1.3");
    String a = conf("10.244.1.2", "", WEB);
    add("a", a);
    add(
        "b",
        conf("10.244.1.3", "", "{\"hostPort\":82,\"containerPort\":82,\"protocol\":\"sctp\"}"));
    silent("a", "CHECK", a);
    silent(
        "a",
        "GC",
        """
        {"cniVersion":"1.1.0","name":"net","type":"portmap",
         "cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]}
        """);
    silent("a", "CHECK", a);
    assertThat(rules()).doesNotContain("net/b/eth0");
    net.node().sh("nft flush map ip flannelj_hostport ports");
    assertThat(error("a", "CHECK", a).text())
        .isEqualTo("missing rules of tcp :8080 to 10.244.1.2 in table ip flannelj_hostport ports");
  }

  @Test
  void gcSparesThePortsOfAnAttachmentThatACallWorksOn() {
    net.pod("a", "10.244.1.2");
    add("a", conf("10.244.1.2", "", WEB));
    FileLock working =
        attachments
            .lock(caller.files(), "portmap", new Attachment("net", "a", "eth0"), Duration.ZERO)
            .orElseThrow();
    String gc =
        "{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"type\":\"portmap\","
            + "\"cni.dev/valid-attachments\":[]}";
    silent("any", "GC", gc);
    working.close();
    silent("a", "CHECK", conf("10.244.1.2", "", WEB));
    silent("any", "GC", gc);
    assertThat(rules()).doesNotContain("net/a/eth0");
  }

  @Test
  void theNodesLoopbackStaysClosedToPods() throws Exception {
    TestNamespace pod = net.pod("a", "10.244.1.2");
    net.keep(new Listener(net.node(), "127.0.0.1", 10250, "private"));
    add("a", conf("10.244.1.2", "", WEB));
    assertThat(net.node().sh("cat /proc/sys/net/ipv4/conf/cni0/route_localnet").strip())
        .isEqualTo("1");
    // The pod's lo is down, so that 127.0.0.1 is no address of its own.
    pod.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet");
    pod.sh("ip route add 127.0.0.1/32 via 10.244.1.1 src 10.244.1.2");
    assertThat(Listener.ask(pod, "127.0.0.1", 10250, 300)).containsIgnoringCase("timed out");
    net.node().sh("nft flush chain ip flannelj_hostport input");
    assertThat(Listener.ask(pod, "127.0.0.1", 10250)).isEqualTo("private sees 10.244.1.2");
  }

  @Test
  void manyAtOnceMakeOneTableAndLeaveNothing() {
    net.pod("a", "10.244.1.2");
    AttachmentTable table = new AttachmentTable(net.host(), HostPorts.IPV4.frame());
    IntStream.range(1, 65)
        .parallel()
        .forEach(
            i -> {
              IpPrefix pod = IpPrefix.parse("10.244.1." + i + "/24");
              PortMapping mapping =
                  new PortMapping(PortMapping.Protocol.TCP, 8000 + i, 80, Optional.empty());
              assertThat(
                      table.add(
                          new Attachment("net", "c" + i, "eth0"),
                          HostPorts.IPV4.entries(pod, List.of(mapping), true, false),
                          HostPorts.IPV4.leadingTo(pod)))
                  .isEmpty();
            });
    assertThat(rules().split("map @ports", -1)).hasSize(3);
    assertThat(rules().split("\"net/c", -1)).hasSize(1 + 3 * 64);
    IntStream.range(1, 65)
        .parallel()
        .forEach(i -> table.remove(new Attachment("net", "c" + i, "eth0")));
    assertThat(rules()).doesNotContain("elements");
  }

  @Test
  void withoutMappingsNothingIsTouched() {
    JsonObject result = add("a", conf("10.244.1.2", ""));
    assertThat(result.array("ips")).hasSize(1);
    silent("a", "CHECK", conf("10.244.1.2", ""));
    silent("a", "DEL", conf("10.244.1.2", ""));
    assertThat(rules()).isEmpty();
  }

  @Test
  void invalidMappingsAreRefusedInTheReferencesWords() {
    assertThat(invalid("", "{\"hostPort\":1,\"containerPort\":0,\"protocol\":\"tcp\"}"))
        .isEqualTo("7 Invalid container port number: 0");
    assertThat(invalid("", "{\"hostPort\":-1,\"containerPort\":1,\"protocol\":\"tcp\"}"))
        .isEqualTo("7 Invalid host port number: -1");
    assertThat(invalid("", "{\"hostPort\":65536,\"containerPort\":1,\"protocol\":\"tcp\"}"))
        .isEqualTo("7 Invalid host port number: 65536");
    assertThat(invalid("", "{\"hostPort\":1,\"containerPort\":1,\"protocol\":\"icmp\"}"))
        .isEqualTo("7 invalid protocol \"icmp\" of a port mapping");
    assertThat(invalid("\"markMasqBit\":32,", WEB))
        .isEqualTo("7 MasqMarkBit must be between 0 and 31");
    assertThat(invalid("\"conditionsV4\":[\"ip\",\"daddr\"],", WEB))
        .isEqualTo("2 unsupported value [ip, daddr] of key \"conditionsV4\"");
    assertThat(invalid("\"backend\":\"ipvs\",", WEB)).isEqualTo("7 unrecognized backend \"ipvs\"");
    assertThat(rules()).isEmpty();
  }

  private String invalid(String more, String mapping) {
    CniError error = error("a", "ADD", conf("10.244.1.2", more, mapping));
    return error.code() + " " + error.text();
  }
}
