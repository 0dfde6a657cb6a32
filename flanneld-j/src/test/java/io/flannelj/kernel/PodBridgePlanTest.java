package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands that are printed mend a real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class PodBridgePlanTest {
  private static final PodNetwork NETWORK =
      new PodNetwork(
          List.of(IpPrefix.parse("10.244.1.0/24"), IpPrefix.parse("fd00:10:244:1::/64")), 1430);

  private final TestNamespace node = new TestNamespace();
  private final TestNamespace pod = new TestNamespace();
  private final PodBridge bridge = new PodBridge();
  private NetlinkSocket route;

  @BeforeEach
  void attachAPod() {
    route = node.openRoute();
    shell(
        "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1;"
            + " ip link add cni0 address 0a:58:0a:f4:01:01 type bridge;"
            // Given at creation it would follow that of the ports.
            + " ip link set cni0 mtu 1430;"
            + " sysctl -qw net.ipv6.conf.cni0.accept_ra=0 net.ipv6.conf.cni0.accept_dad=0;"
            + " ip address add 10.244.1.1/24 broadcast + dev cni0;"
            + " ip address add fd00:10:244:1::1/64 nodad dev cni0; ip link set cni0 up;"
            + " ip link add veth1 mtu 1430 type veth peer name eth0 netns "
            + pod.path()
            + "; ip link set veth1 master cni0 up; bridge link set dev veth1 hairpin on");
    node.namespace()
        .call(
            () -> {
              bridge.look(route, NETWORK);
              return 0;
            });
  }

  @AfterEach
  void close() {
    route.close();
    pod.close();
    node.close();
  }

  private void shell(String script) {
    node.run("sh", "-ec", script);
  }

  private List<String> differences() {
    return node.namespace().call(() -> new PodBridgePlan(bridge).differences(route, new Sysctl()));
  }

  @Test
  void theStatusNamesEachDeviceOnce() {
    shell("ip link delete cni0");
    assertThat(
            node.namespace().call(() -> new PodBridgePlan(bridge).differing(route, new Sysctl())))
        .containsExactly(
            "cni0 (ip link add cni0 address 0a:58:0a:f4:01:01 type bridge)",
            "veth1 (ip link set veth1 master cni0)");
  }

  private void isMended(String wound, String... commands) {
    shell(wound);
    assertThat(differences()).as(wound).containsExactly(commands);
    shell(String.join(" && ", commands));
    assertThat(differences()).as("after the commands for " + wound).isEmpty();
  }

  @Test
  void nothingIsPrintedWhereNothingDiffers() {
    assertThat(differences()).isEmpty();
  }

  @Test
  void eachDifferenceIsOneCommand() {
    isMended("ip link set cni0 mtu 1300", "ip link set cni0 mtu 1430");
    isMended(
        "ip link set cni0 address 02:00:00:00:00:55", "ip link set cni0 address 0a:58:0a:f4:01:01");
    isMended(
        "ip address delete 10.244.1.1/24 dev cni0",
        "ip address add 10.244.1.1/24 broadcast + dev cni0");
    isMended("ip address add 10.244.1.77/24 dev cni0", "ip address delete 10.244.1.77/24 dev cni0");
    isMended(
        "sysctl -qw net.ipv6.conf.cni0.accept_ra=2", "sysctl -w net/ipv6/conf/cni0/accept_ra=0");
    isMended("ip link set veth1 down", "ip link set veth1 up");
  }

  @Test
  void whatIsSetDownLosesItsIpv6Addresses() {
    isMended(
        "ip link set cni0 down",
        "ip address add fd00:10:244:1::1/64 nodad dev cni0",
        "ip link set cni0 up");
  }

  @Test
  void aPortGetsBackItsBridgeAndItsFlags() {
    isMended(
        "ip link set veth1 nomaster",
        "ip link set veth1 master cni0",
        "bridge link set dev veth1 hairpin on isolated off",
        "ip link set veth1 up");
    assertThat(node.run("bridge", "-d", "link", "show", "dev", "veth1")).contains("hairpin on");
  }

  @Test
  void aBridgeThatIsGoneIsThePlanAsAWhole() {
    List<String> plan = new PodBridgePlan(bridge).commands();
    assertThat(plan)
        .startsWith("ip link add cni0 address 0a:58:0a:f4:01:01 type bridge")
        .contains("ip address add 10.244.1.1/24 broadcast + dev cni0", "ip link set cni0 up")
        .endsWith(
            "ip link set veth1 master cni0",
            "bridge link set dev veth1 hairpin on isolated off",
            "ip link set veth1 up");
    isMended("ip link delete cni0", plan.toArray(String[]::new));
  }

  @Test
  void whatHasTheBridgesNameIsToldToGo() {
    shell("ip link delete cni0; ip link add cni0 type veth peer name other");
    assertThat(differences()).first().isEqualTo("ip link delete cni0");
    shell(String.join(" && ", differences()));
    assertThat(differences()).isEmpty();
  }
}
