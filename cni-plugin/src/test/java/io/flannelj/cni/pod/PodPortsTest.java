package io.flannelj.cni.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pods on a bridge, in namespaces of their own on the real kernel. */
@Tag("netns")
@RequiresRoot
class PodPortsTest {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private TestNamespace node;
  private HostNetwork host;
  private PodPorts ports;

  @BeforeEach
  void makeNode() {
    node = keep(new TestNamespace());
    node.run("ip", "link", "set", "lo", "up");
    host = keep(HostNetwork.open(node.namespace()));
    ports = new PodPorts(host);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.add(resource);
    return resource;
  }

  private LinkInfo bridge(String gateway, boolean force) {
    BridgeSettings settings =
        new BridgeSettings("cni0", 1450, false, false, List.of(IpPrefix.parse(gateway)), force);
    return node.namespace()
        .call(() -> host.with(socket -> new Bridges(new Sysctl()).ensure(socket, settings)));
  }

  private static PortSettings settings(String address, String gateway) {
    IpPrefix prefix = IpPrefix.parse(address);
    PortSettings.PodRoute route =
        new PortSettings.PodRoute(
            IpPrefix.parse("0.0.0.0/0"),
            Optional.of(IpPrefix.parse(gateway).address()),
            0,
            0,
            0,
            0,
            -1);
    return new PortSettings(
        1450,
        Optional.of(PodMac.of(prefix.address())),
        true,
        false,
        List.of(prefix),
        List.of(route),
        true,
        false);
  }

  private PodPort attach(String container, TestNamespace pod, String address) {
    try (NetlinkSocket inside = pod.openRoute()) {
      return ports.attach(
          new AttachmentId("cbr0", container, "eth0"),
          bridge("10.244.1.1/24", false),
          settings(address, "10.244.1.1/24"),
          inside,
          pod.namespace().descriptor().number());
    }
  }

  @Test
  void aPodIsReachedByItsFirstPacket() {
    TestNamespace pod = keep(new TestNamespace());
    PodPort port = attach("c1", pod, "10.244.1.2/24");
    // One packet, no retry: port and bridge must forward when attach returns.
    assertThat(node.run("ip", "-o", "link", "show", "cni0")).contains(" state UP ");
    node.run("ping", "-c1", "-W1", "10.244.1.2");
    pod.run("ping", "-c1", "-W1", "10.244.1.1");
    assertThat(port.podMac()).isEqualTo(MacAddress.parse("0a:58:0a:f4:01:02"));
    assertThat(pod.run("ip", "-br", "link", "show", "eth0")).contains("0a:58:0a:f4:01:02");
    assertThat(pod.run("ip", "route")).contains("default via 10.244.1.1 dev eth0");
    assertThat(node.run("ip", "-d", "link", "show", port.hostName()))
        .contains("master cni0", "alias cni:cbr0/c1/eth0", "hairpin on", "mtu 1450");
    assertThat(node.run("ip", "-br", "link", "show", "cni0")).contains("0a:58:0a:f4:01:01");
    assertThat(node.run("ip", "link", "show", "cni0")).contains("mtu 1450");
    assertThat(node.run("cat", "/proc/sys/net/ipv4/ip_forward").strip()).isEqualTo("1");
  }

  @Test
  void anAddressGivenAgainAtOnceIsReachedAtOnceFromNodeAndPod() {
    TestNamespace first = keep(new TestNamespace());
    TestNamespace witness = keep(new TestNamespace());
    TestNamespace second = keep(new TestNamespace());
    attach("witness", witness, "10.244.1.9/24");
    attach("c1", first, "10.244.1.2/24");
    node.run("ping", "-c1", "-W1", "10.244.1.2");
    witness.run("ping", "-c1", "-W1", "10.244.1.2");
    AttachmentId id = new AttachmentId("cbr0", "c1", "eth0");
    ports.detach(ports.find(id).orElseThrow());
    assertThat(ports.find(id)).isEmpty();
    ports.forgetNeighbours("cni0", List.of(IpPrefix.parse("10.244.1.2/24")));
    attach("c2", second, "10.244.1.2/24");
    // -W in seconds may be a fraction: 10 ms for the one packet.
    node.run("ping", "-c1", "-W1", "10.244.1.2");
    witness.run("ping", "-c1", "-W1", "10.244.1.2");
  }

  @Test
  void aSecondAttachmentOfTheSameNameIsRefusedAndTheFirstLivesOn() {
    TestNamespace pod = keep(new TestNamespace());
    attach("c1", pod, "10.244.1.2/24");
    assertThatThrownBy(() -> attach("c2", pod, "10.244.1.3/24"))
        .isInstanceOf(BridgeException.class)
        .hasMessageContaining("container veth name (\"eth0\") peer provided")
        .hasMessageContaining("already exists");
    node.run("ping", "-c1", "-W1", "10.244.1.2");
  }

  @Test
  void whatAnInterruptedAttachmentLeftIsTakenAway() {
    TestNamespace pod = keep(new TestNamespace());
    AttachmentId id = new AttachmentId("cbr0", "c1", "eth0");
    bridge("10.244.1.1/24", false);
    String name = id.hostName(0);
    node.run("ip", "link", "add", name, "type", "veth", "peer", "name", "other");
    node.run("ip", "link", "set", "dev", name, "alias", id.alias());
    PodPort port = attach("c1", pod, "10.244.1.2/24");
    assertThat(node.run("ip", "-br", "link")).doesNotContain("other");
    node.run("ping", "-c1", "-W1", "10.244.1.2");
    assertThat(port.hostName()).isEqualTo(name);
    assertThat(ports.find(id).orElseThrow().index()).isEqualTo(port.hostIndex());
  }

  @Test
  void aForeignDeviceOfOurNameSurvivesAndAnotherNameIsTaken() {
    TestNamespace pod = keep(new TestNamespace());
    AttachmentId id = new AttachmentId("cbr0", "c1", "eth0");
    node.run("ip", "link", "add", id.hostName(0), "type", "bridge");
    PodPort port = attach("c1", pod, "10.244.1.2/24");
    assertThat(port.hostName()).isEqualTo(id.hostName(1));
    assertThat(node.run("ip", "-br", "link")).contains(id.hostName(0));
    assertThat(ports.find(id).orElseThrow().index()).isEqualTo(port.hostIndex());
    node.run("ip", "link", "delete", id.hostName(0));
    assertThat(ports.find(id).orElseThrow().index()).isEqualTo(port.hostIndex());
  }

  @Test
  void aFailureInsideThePodLeavesNothingOnTheNode() {
    TestNamespace pod = keep(new TestNamespace());
    LinkInfo bridge = bridge("10.244.1.1/24", false);
    PortSettings unreachable = settings("10.244.1.2/24", "192.0.2.1/24");
    try (NetlinkSocket inside = pod.openRoute()) {
      assertThatThrownBy(
              () ->
                  ports.attach(
                      new AttachmentId("cbr0", "c1", "eth0"),
                      bridge,
                      unreachable,
                      inside,
                      pod.namespace().descriptor().number()))
          .hasMessageContaining("ip route append 0.0.0.0/0 via 192.0.2.1")
          .hasMessageContaining("ENETUNREACH");
    }
    assertThat(node.run("ip", "-br", "link", "show", "type", "veth")).isBlank();
    assertThat(pod.run("ip", "-br", "link", "show", "type", "veth")).isBlank();
  }

  @Test
  void aForeignGatewayAddressIsNamedOrReplacedWhenForced() {
    bridge("10.244.1.1/24", false);
    assertThatThrownBy(() -> bridge("10.244.2.1/24", false))
        .isInstanceOf(BridgeException.class)
        .hasMessageContaining("\"cni0\" already has an IP address different from 10.244.2.1/24")
        .hasMessageContaining("ip address delete 10.244.1.1/24 dev cni0");
    bridge("10.244.2.1/24", true);
    assertThat(node.run("ip", "-br", "address", "show", "cni0"))
        .contains("10.244.2.1/24")
        .doesNotContain("10.244.1.1/24");
  }

  @Test
  void aDeviceOfAnotherKindWithTheBridgesNameIsNeverTouched() {
    node.run("ip", "link", "add", "cni0", "type", "veth", "peer", "name", "x");
    assertThatThrownBy(() -> bridge("10.244.1.1/24", false))
        .hasMessageContaining("\"cni0\" already exists but is not a bridge");
    assertThat(node.run("ip", "-br", "address", "show", "cni0")).doesNotContain("10.244");
  }
}
