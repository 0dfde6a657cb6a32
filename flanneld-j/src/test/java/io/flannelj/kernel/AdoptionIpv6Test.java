package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.backend.NodeFacts;
import io.flannelj.backend.vxlan.VxlanPlan;
import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.reconcile.Binding;
import io.flannelj.reconcile.Reconciler;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Go flannel leaves on a node with IPv6 is taken over, as it is with IPv4. */
@Tag("netns")
@RequiresRoot
class AdoptionIpv6Test {
  private static final IpPrefix NETWORK = IpPrefix.parse("fd00:10:244::/48");
  private static final IpPrefix OWN = IpPrefix.parse("fd00:10:244:1::/64");
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:06:01");
  private static final String DEVICE = "flannel-v6.1";

  private TestNamespace node;
  private NetlinkSocket route;
  private final DeviceIndex index = new DeviceIndex();

  @BeforeEach
  void layDownWhatGoFlannelDoes() {
    node = new TestNamespace();
    route = node.openRoute();
    ip("link add eth0 type veth peer name far");
    ip("link set eth0 up");
    ip("link set far up");
    ip("address add 2001:db8::1/64 dev eth0 nodad");
    // Go flannel takes off 50 bytes for IPv6 too, which is 20 too few.
    ip(
        "link add "
            + DEVICE
            + " address "
            + MAC
            + " mtu 1450 type vxlan id 1 dev eth0 local 2001:db8::1 dstport 8472 nolearning");
    ip("address add fd00:10:244:1::/128 dev " + DEVICE);
    ip("link set " + DEVICE + " up");
    for (int peer : new int[] {2, 3}) {
      String gateway = "fd00:10:244:" + peer + "::";
      String mac = "02:00:00:00:06:0" + peer;
      ip("neigh add " + gateway + " lladdr " + mac + " dev " + DEVICE + " nud permanent");
      node.run(
          ("bridge fdb add "
                  + mac
                  + " dev "
                  + DEVICE
                  + " dst 2001:db8::"
                  + peer
                  + " self permanent")
              .split(" "));
      ip("route add " + gateway + "/64 via " + gateway + " dev " + DEVICE + " onlink");
    }
    ip("route add fd00:10:244:c8::/64 dev eth0");
    ip("route add 2001:db8:9::/48 via 2001:db8::9");
  }

  @AfterEach
  void close() {
    route.close();
    node.close();
  }

  private String ip(String words) {
    return node.run(("ip -6 " + words).split(" "));
  }

  private int underlayIndex() {
    String line = ip("-o link show eth0");
    return Integer.parseInt(line.substring(0, line.indexOf(':')).strip());
  }

  private DesiredState desired() {
    NodeFacts facts =
        new NodeFacts(
            "eth0",
            underlayIndex(),
            1500,
            IpAddress.parse("2001:db8::1"),
            List.of(),
            OWN,
            MAC,
            false);
    TrafficRules rules = new TrafficRules(NETWORK, OWN, true, true, true);
    IpPrefix living = IpPrefix.parse("fd00:10:244:2::/64");
    Lease lease =
        new Lease(
            "b",
            living,
            IpAddress.parse("2001:db8::2"),
            "vxlan",
            1,
            Optional.of(MacAddress.parse("02:00:00:00:06:02")),
            Long.MAX_VALUE);
    return new VxlanPlan(VxlanSettings.DEFAULT, facts, rules)
        .plan(new LeaseSnapshot(1, true, Map.of(living, lease)))
        .state();
  }

  private Reconciler reconciler(NetlinkSocket netfilter) {
    return new Reconciler(
        new Binding<>(new SysctlTable(new Sysctl(Path.of("/nowhere"))), DesiredState::sysctls),
        new VxlanDeviceTable(route, index),
        List.of(
            new Binding<>(
                new AddressTable(route, index, () -> NETWORK),
                state -> Map.of(state.address(), true)),
            new Binding<>(
                new NeighbourTable(route, index, () -> NETWORK), DesiredState::neighbours),
            new Binding<>(new FdbTable(route, index), DesiredState::forwarding),
            new Binding<>(
                new RouteTable(route, index, this::underlayIndex, () -> NETWORK),
                DesiredState::routes),
            new Binding<>(
                new RulesTable(netfilter), state -> Map.of("flannel-ipv6", state.rules()))),
        System::nanoTime);
  }

  @Test
  void theDeviceStaysItsMtuIsMendedStaleEntriesGoAndForeignOnesStay() {
    String before = ip("-o link show " + DEVICE);
    try (NetlinkSocket netfilter = node.namespace().openNetlink(NetlinkFamily.NETFILTER)) {
      Reconciler reconciler = reconciler(netfilter);
      Reconciler.Round round = reconciler.full(desired(), true);
      assertThat(round.inSync()).as(round.toString()).isTrue();
      assertThat(reconciler.full(desired(), true).changed()).isZero();
    }
    assertThat(ip("-o link show " + DEVICE)).isEqualTo(before.replace("mtu 1450", "mtu 1430"));
    assertThat(ip("route"))
        .contains("fd00:10:244:2::/64 via fd00:10:244:2:: dev flannel-v6.1 proto 102")
        .doesNotContain("fd00:10:244:3::")
        .contains("fd00:10:244:c8::/64 dev eth0")
        .contains("2001:db8:9::/48 via 2001:db8::9");
    assertThat(ip("neigh show dev " + DEVICE))
        .contains("fd00:10:244:2:: lladdr 02:00:00:00:06:02 PERMANENT")
        .doesNotContain("fd00:10:244:3::");
    assertThat(node.run("bridge", "fdb", "show", "dev", DEVICE))
        .contains("02:00:00:00:06:02 dst 2001:db8::2 self permanent")
        .doesNotContain("02:00:00:00:06:03");
    assertThat(ip("address show dev " + DEVICE)).contains("inet6 fd00:10:244:1::/128");
    assertThat(node.run("nft", "list", "table", "ip6", "flannel-ipv6"))
        .contains("ip6 saddr fd00:10:244::/48 accept")
        .contains("ip6 saddr fd00:10:244::/48 ip6 daddr != ff00::/8 masquerade fully-random");
  }

  @Test
  void aNewDeviceHasItsAddressAtOnceAndIsReachedOverIpv6() {
    ip("link delete " + DEVICE);
    try (NetlinkSocket netfilter = node.namespace().openNetlink(NetlinkFamily.NETFILTER)) {
      assertThat(reconciler(netfilter).full(desired(), true).inSync()).isTrue();
    }
    assertThat(ip("address show dev " + DEVICE)).contains("fd00:10:244:1::/128 scope global nodad");
    assertThat(ip("-d link show " + DEVICE))
        .contains("mtu 1430")
        .contains("local 2001:db8::1")
        .contains("noudp6zerocsumrx");
    assertThat(ip("route get fd00:10:244:2::5")).contains("dev flannel-v6.1");
  }

  @Test
  void foreignRoutesThatLeadToTheGatewayByAnotherDeviceDoNotKeepOursOut() {
    ip("route add fd00::/8 via 2001:db8::9");
    ip("route replace fd00:10:244:2::/64 via 2001:db8::9");
    try (NetlinkSocket netfilter = node.namespace().openNetlink(NetlinkFamily.NETFILTER)) {
      Reconciler.Round round = reconciler(netfilter).full(desired(), true);
      assertThat(round.inSync()).as(round.toString()).isTrue();
    }
    assertThat(ip("route"))
        .contains("fd00:10:244:2::/64 via fd00:10:244:2:: dev flannel-v6.1 proto 102")
        .contains("fd00::/8 via 2001:db8::9")
        .doesNotContain("\nfd00:10:244:2:: dev flannel-v6.1");
    assertThat(ip("route get fd00:10:244:2::5")).contains("dev flannel-v6.1");
  }
}
