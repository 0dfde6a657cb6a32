package io.flannelj.netlink.route;

import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NOPREFIXROUTE;
import static io.flannelj.netlink.route.route.RouteConstants.RTN_UNREACHABLE;
import static io.flannelj.netlink.route.route.RouteConstants.RT_SCOPE_LINK;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.netlink.route.link.VxlanAttribute;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.netlink.route.neighbour.Fdb;
import io.flannelj.netlink.route.neighbour.FdbSpec;
import io.flannelj.netlink.route.neighbour.NeighbourSpec;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same object made by ip and by us, each in a namespace of its own, looks the same to ip. */
@RequiresRoot
class OracleTest {
  private static final int EXT = 3;
  private static final int NEXT = 4;

  private final TestNamespace theirs = new TestNamespace();
  private final TestNamespace theirPod = new TestNamespace();
  private final TestNamespace ours = new TestNamespace();
  private final TestNamespace ourPod = new TestNamespace();
  private final NetlinkSocket kernel = ours.openRoute();

  @BeforeEach
  void underlay() {
    for (TestNamespace namespace : List.of(theirs, ours)) {
      namespace.sh("ip link add ext0 address 02:00:00:00:00:01 type veth peer name ext1");
      namespace.sh("ip link set ext1 address 02:00:00:00:00:02");
      namespace.sh("ip link set ext0 up");
      namespace.sh("ip link set ext1 up");
      namespace.sh("ip address add 192.168.5.1/24 dev ext0");
      namespace.sh("ip address add 2001:db8::1/64 dev ext0 nodad");
    }
  }

  @AfterEach
  void close() {
    kernel.close();
    List.of(theirs, theirPod, ours, ourPod).forEach(TestNamespace::close);
  }

  private static final String VXLAN =
      "ip link add flannel.1 mtu 1450 txqueuelen 0 address 0a:00:00:00:00:01 type vxlan id 1"
          + " dev ext0 dstport 8472 nolearning local 192.168.5.1";

  private static VxlanSpec flannel(IpAddress local) {
    return new VxlanSpec("flannel.1", mac(1), 1450, 1, EXT, Optional.of(local), 8472, false, false);
  }

  @Test
  void vxlan() {
    theirs.sh(VXLAN);
    kernel.execute(Links.createVxlan(flannel(ip("192.168.5.1"))));
    assertSame("ip -d link show dev flannel.1");

    theirs.sh("ip link set flannel.1 type vxlan learning ttl 9 local 192.168.5.7");
    theirs.sh("ip link set flannel.1 mtu 1400");
    theirs.sh("ip link set flannel.1 up");
    kernel.execute(
        Links.setVxlan(
            LinkId.named("flannel.1"),
            List.of(
                new VxlanAttribute.Learning(true),
                new VxlanAttribute.Ttl(9),
                VxlanAttribute.local(ip("192.168.5.7")))));
    kernel.execute(Links.setMtu(LinkId.of(NEXT), 1400));
    kernel.execute(Links.setUp(LinkId.of(NEXT)));
    assertSame("ip -d link show dev flannel.1");
  }

  @Test
  void vxlanOverIpv6WithGroupPolicyAndDefaultPort() {
    theirs.sh(
        "ip link add v6 mtu 1400 txqueuelen 0 address 0a:00:00:00:00:01 type vxlan id 7"
            + " local 2001:db8::1 dstport 0 nolearning gbp");
    kernel.execute(
        Links.createVxlan(
            new VxlanSpec(
                "v6", mac(1), 1400, 7, 0, Optional.of(ip("2001:db8::1")), 0, false, true)));
    assertSame("ip -d link show dev v6");
  }

  @Test
  void entriesOfAPeer() {
    theirs.sh(VXLAN);
    theirs.sh("ip link set flannel.1 up");
    theirs.sh("ip address add 10.244.1.0/32 dev flannel.1");
    theirs.sh("ip neighbour replace 10.244.2.0 lladdr 0a:00:00:00:00:02 dev flannel.1 protocol 80");
    theirs.sh("bridge fdb replace 0a:00:00:00:00:02 dev flannel.1 dst 192.168.5.2 self permanent");
    theirs.sh("ip route replace 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink proto 80");
    theirs.sh("ip neighbour replace 2001:db8::2 lladdr 0a:00:00:00:00:02 dev ext0");

    kernel.execute(Links.createVxlan(flannel(ip("192.168.5.1"))));
    kernel.execute(Links.setUp(LinkId.of(NEXT)));
    kernel.execute(Addresses.add(AddressSpec.of(NEXT, prefix("10.244.1.0/32"))));
    IpAddress zero = ip("10.244.2.0");
    kernel.execute(
        Neighbours.replace(NeighbourSpec.permanent(NEXT, zero, mac(2)).withProtocol(80)));
    kernel.execute(Fdb.replace(FdbSpec.remote(NEXT, mac(2), ip("192.168.5.2"))));
    kernel.execute(
        Routes.replace(
            RouteSpec.via(prefix("10.244.2.0/24"), zero, NEXT).withOnlink().withProtocol(80)));
    kernel.execute(Neighbours.replace(NeighbourSpec.permanent(EXT, ip("2001:db8::2"), mac(2))));
    assertSame("ip -d neighbour show nud permanent");
    assertSame("ip -d -4 route show table all");
    assertSame("bridge fdb show dev flannel.1");
    assertSame("ip -d -4 address show");
  }

  @Test
  void bridgeAndPodVeth() {
    theirs.sh("ip link add cni0 address 0a:58:0a:f4:01:01 up type bridge");
    theirs.sh("ip link set cni0 mtu 1450");
    theirs.sh("ip address add 10.244.1.1/24 broadcast 10.244.1.255 dev cni0");
    theirs.sh(
        "ip link add veth1 mtu 1450 address 0a:00:00:00:01:00 master cni0 up type veth peer name"
            + " eth0 mtu 1450 address 0a:00:00:00:01:01 netns "
            + theirPod.path());
    theirs.sh("ip link set veth1 alias net/pod/eth0");
    theirs.sh("ip link set veth1 type bridge_slave hairpin on isolated on");

    kernel.execute(
        Links.createBridge(
            new BridgeSpec(
                "cni0", Optional.of(MacAddress.parse("0a:58:0a:f4:01:01")), false, true)));
    kernel.execute(Links.setMtu(LinkId.named("cni0"), 1450));
    kernel.execute(Addresses.add(AddressSpec.of(NEXT, prefix("10.244.1.1/24")).withBroadcast()));
    kernel.execute(
        Links.createVeth(
            VethEnd.named("veth1").withMac(mac(0x100)).withMtu(1450).withMaster(NEXT).withUp(),
            VethEnd.named("eth0")
                .withMac(mac(0x101))
                .withMtu(1450)
                .inNetns(ourPod.namespace().descriptor().number())));
    kernel.execute(Links.setPort(LinkId.named("veth1"), "net/pod/eth0", true, true));
    assertSame("ip -d link show dev veth1");
    assertSame("ip -d link show dev cni0");
    assertSame("ip -d -4 address show dev cni0");
    assertThat(ourPod.sh("ip -d link show dev eth0"))
        .isEqualTo(theirPod.sh("ip -d link show dev eth0"));
  }

  @Test
  void routesOfAllShapes() {
    theirs.sh("ip route add 10.1.0.0/16 dev ext0 src 192.168.5.1 metric 7 mtu 1400 advmss 1360");
    theirs.sh("ip route add 10.2.0.0/16 via 192.168.5.9 table 1000");
    theirs.sh("ip route append 10.2.0.0/16 via 192.168.5.8 table 1000");
    theirs.sh("ip route add 10.3.0.0/16 via inet6 fe80::9 dev ext0");
    theirs.sh("ip route add unreachable 10.4.0.0/16");
    theirs.sh("ip route add default via 192.168.5.254");
    theirs.sh("ip -6 route add 2001:db8:2::/64 via 2001:db8:2:: dev ext0 onlink");
    theirs.sh("ip -6 route add 2001:db8:3::/64 via 2001:db8::2 metric 5");
    theirs.sh("ip -6 route append 2001:db8:3::/64 via 2001:db8::3 metric 5");
    theirs.sh("ip address add 10.9.0.1/16 dev ext0 scope link noprefixroute");

    kernel.execute(
        Routes.add(
            RouteSpec.onDevice(prefix("10.1.0.0/16"), EXT)
                .withSource(ip("192.168.5.1"))
                .withMetric(7)
                .withMtu(1400)
                .withAdvertisedMss(1360)));
    kernel.execute(Routes.add(via("10.2.0.0/16", "192.168.5.9", 0).withTable(1000)));
    kernel.execute(Routes.append(via("10.2.0.0/16", "192.168.5.8", 0).withTable(1000)));
    kernel.execute(Routes.add(via("10.3.0.0/16", "fe80::9", EXT)));
    kernel.execute(
        Routes.add(
            RouteSpec.onDevice(prefix("10.4.0.0/16"), 0).withType(RTN_UNREACHABLE).withScope(0)));
    kernel.execute(Routes.add(via("0.0.0.0/0", "192.168.5.254", 0)));
    kernel.execute(Routes.add(via("2001:db8:2::/64", "2001:db8:2::", EXT).withOnlink()));
    kernel.execute(Routes.add(via("2001:db8:3::/64", "2001:db8::2", 0).withMetric(5)));
    kernel.execute(Routes.append(via("2001:db8:3::/64", "2001:db8::3", 0).withMetric(5)));
    kernel.execute(
        Addresses.add(
            AddressSpec.of(EXT, prefix("10.9.0.1/16"))
                .withFlags(IFA_F_NOPREFIXROUTE)
                .withScope(RT_SCOPE_LINK)));
    assertSame("ip -d -4 route show table all");
    assertSame("ip -d -6 route show proto boot");
    theirs.sh("ip route delete 10.1.0.0/16");
    theirs.sh("ip route delete 10.2.0.0/16 via 192.168.5.8 table 1000");
    theirs.sh("ip -6 route delete 2001:db8:3::/64 via 2001:db8::2");
    kernel.execute(Routes.delete(RouteSpec.onDevice(prefix("10.1.0.0/16"), EXT)));
    kernel.execute(Routes.delete(via("10.2.0.0/16", "192.168.5.8", EXT).withTable(1000)));
    kernel.execute(Routes.delete(via("2001:db8:3::/64", "2001:db8::2", EXT).withMetric(5)));
    assertSame("ip -d -4 route show table all");
    assertSame("ip -d -6 route show proto boot");
  }

  /** Some states settle later (carrier, port); so it looks again before it complains. */
  private void assertSame(String command) {
    String expected = "";
    String actual = "none";
    for (int attempt = 0; attempt < 100 && !actual.equals(expected); attempt++) {
      expected = normal(theirs.sh(command));
      actual = normal(ours.sh(command));
    }
    assertThat(actual).as(command).isEqualTo(expected);
  }

  /** Without what changes by itself: running timers, multicast entries. */
  private static String normal(String output) {
    return output
        .lines()
        .filter(line -> !line.startsWith("33:33:"))
        .map(line -> line.replaceAll("(\\w*timer) +[0-9.]+", "$1"))
        .collect(Collectors.joining("\n"));
  }

  private static RouteSpec via(String to, String gateway, int index) {
    return RouteSpec.via(prefix(to), ip(gateway), index);
  }

  private static MacAddress mac(int last) {
    return new MacAddress(0x0a_00_00_00_00_00L + last);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text);
  }
}
