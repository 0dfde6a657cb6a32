package io.flannelj.kernel;

import static io.flannelj.net.AddressFamily.IPV4;
import static io.flannelj.net.AddressFamily.IPV6;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.Interfaces;
import io.flannelj.net.IpAddress;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is read of a node's interfaces, in both families. */
@Tag("netns")
@RequiresRoot
class NodeInterfacesTest {
  private TestNamespace node;
  private NetlinkSocket route;

  @BeforeEach
  void makeNode() {
    node = new TestNamespace();
    route = node.openRoute();
    node.sh("ip link set lo up");
    node.sh("ip link add eth0 type veth peer name far");
    node.sh("ip link set eth0 up");
    node.sh("ip link set far up");
    node.sh("ip address add 192.0.2.1/24 dev eth0");
    node.sh("ip address add 2001:db8::77/64 dev eth0 nodad valid_lft 600 preferred_lft 600");
    node.sh("ip address add 2001:db8::1/64 dev eth0 nodad");
    node.sh("ip route add default via 192.0.2.254");
    node.sh("ip -6 route add default via 2001:db8::fe");
    node.sh("ip -6 route add 2001:db8:5::/48 via 2001:db8::fe src 2001:db8::77");
  }

  @AfterEach
  void close() {
    route.close();
    node.close();
  }

  @Test
  void linkLocalAddressesAreNoneAndLastingOnesGoFirst() {
    Interfaces both = new NodeInterfaces(route).read(List.of(IPV4, IPV6));
    assertThat(both.byName("eth0").orElseThrow().addresses())
        .hasToString("[192.0.2.1, 2001:db8::1, 2001:db8::77]");
    assertThat(both.byName("far").orElseThrow().addresses()).isEmpty();
    assertThat(both.byName("lo").orElseThrow().addresses()).isEmpty();
    assertThat(both.defaultRoutes()).isEqualTo(Map.of(IPV4, "eth0", IPV6, "eth0"));
  }

  @Test
  void onlyFamiliesAskedForAreRead() {
    NodeInterfaces interfaces = new NodeInterfaces(route);
    Interfaces ipv4 = interfaces.read(List.of(IPV4));
    assertThat(ipv4.byName("eth0").orElseThrow().addresses()).hasToString("[192.0.2.1]");
    assertThat(ipv4.defaultRoutes()).isEqualTo(Map.of(IPV4, "eth0"));
    Interfaces ipv6 = interfaces.read(List.of(IPV6));
    assertThat(ipv6.byName("eth0").orElseThrow().address(IPV4)).isEmpty();
  }

  @Test
  void anAddressIsReachedByTheSourceThatTheKernelWouldUse() {
    NodeInterfaces interfaces = new NodeInterfaces(route);
    Interfaces both = interfaces.read(List.of(IPV4, IPV6));
    Interfaces.Candidate found =
        interfaces.canReach(IpAddress.parse("2001:db8:5::9"), both).orElseThrow();
    assertThat(found.name()).isEqualTo("eth0");
    assertThat(found.address(IPV6).orElseThrow()).hasToString("2001:db8::77");
    assertThat(found.address(IPV4).orElseThrow()).hasToString("192.0.2.1");
  }
}
