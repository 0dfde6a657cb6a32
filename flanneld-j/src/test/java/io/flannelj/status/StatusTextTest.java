package io.flannelj.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.Refusal;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.reconcile.TableStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatusTextTest {
  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");
  private static final Instant NOW = START.plus(Duration.ofMinutes(75));
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");

  private final PeerHistory history = new PeerHistory();

  private static Lease lease(int number, String node) {
    return new Lease(
        node,
        IpPrefix.parse("10.244." + number + ".0/24"),
        IpAddress.parse("192.0.2." + (10 + number)),
        "vxlan",
        1,
        Optional.of(MacAddress.parse("02:00:00:00:00:0" + number)),
        START.plus(Duration.ofHours(24)).toEpochMilli());
  }

  private static LeaseSnapshot snapshot(long revision, Lease... leases) {
    Map<IpPrefix, Lease> map = new HashMap<>();
    for (Lease lease : leases) {
      map.put(lease.subnet(), lease);
    }
    return new LeaseSnapshot(revision, true, map);
  }

  private static Refusal refusal(int number, AddressFamily family, String node, String why) {
    return new Refusal(lease(number, node).subnet(), family, node, why);
  }

  private static DesiredState desired() {
    IpPrefix tunnel = IpPrefix.parse("10.244.2.0/24");
    IpPrefix direct = IpPrefix.parse("10.244.3.0/24");
    return desired(
        NETWORK,
        IpPrefix.parse("10.244.1.0/24"),
        Map.of(
            tunnel,
            new RouteTarget.Tunnel(tunnel.address()),
            direct,
            new RouteTarget.Direct(IpAddress.parse("192.0.2.13"))));
  }

  private static DesiredState desired(
      IpPrefix network, IpPrefix own, Map<IpPrefix, RouteTarget> routes) {
    return new DesiredState(
        Map.of(),
        new VxlanDevice(
            "flannel.1",
            1,
            8472,
            IpAddress.parse("192.0.2.11"),
            "eth0",
            2,
            1450,
            MacAddress.parse("02:00:00:00:00:01"),
            false),
        own.address().toHostPrefix(),
        Map.of(),
        Map.of(),
        routes,
        new TrafficRules(network, own, true, true, true));
  }

  private static DaemonStatus status(LeaseSnapshot leases, String problem, String storeProblem) {
    return status(
        leases,
        problem,
        storeProblem,
        List.of(desired()),
        List.of(refusal(4, AddressFamily.IPV4, "node4", "its VNI is 7, ours is 1")));
  }

  private static DaemonStatus status(
      LeaseSnapshot leases,
      String problem,
      String storeProblem,
      List<DesiredState> desired,
      List<Refusal> refused) {
    return new DaemonStatus(
        "node1",
        problem,
        storeProblem,
        Optional.of(lease(1, "node1")),
        leases,
        desired,
        refused,
        List.of(),
        true,
        START,
        List.of(),
        List.of());
  }

  private StatusReport troubled() {
    LeaseSnapshot leases =
        snapshot(
            1, lease(1, "node1"), lease(2, "node2"), lease(3, "a-longer-name"), lease(4, "node4"));
    history.saw(leases, START);
    history.failed(
        List.of(
            new TableStatus(
                "fdb", 1, 1, 0, "", Map.of("02:00:00:00:00:02", "bridge fdb add: ENOBUFS"))),
        NOW.minusSeconds(9));
    return StatusReport.of(
        status(leases, "", "/var/lib/leases is not there\nstill follows the last snapshot"),
        history,
        List.of(
            TableComparison.of("sysctl", 2, List.of(), List.of()),
            TableComparison.of(
                "route",
                2,
                List.of(IpPrefix.parse("10.244.2.0/24")),
                List.of(IpPrefix.parse("10.244.9.0/24"))),
            TableComparison.of("neigh", 900, List.of("d", "c", "b", "a"), List.of()),
            TableComparison.unreadable("nft", 1, "list tables: EPERM")),
        NOW);
  }

  @Test
  void whatDiffersAndWhatFailedIsTold() {
    assertThat(StatusText.of(troubled()))
        .isEqualTo(
            """
            node1: ready for 1h15m
                ! store: /var/lib/leases is not there
                ! store: still follows the last snapshot
                ! route: 2 wanted, 1 missing or different, 1 superfluous: 10.244.2.0/24, superfluous 10.244.9.0/24
                ! neigh: 900 wanted, 4 missing or different: a, b, c, ...
                ! nft: 1 wanted, cannot be read: list tables: EPERM
                subnet 10.244.1.0/24 public ip 192.0.2.11 lease until 2026-11-26T12:00:00Z (22h45m)
                store not in sync, 4 leases
            flannel.1: vxlan id 1 dstport 8472 local 192.0.2.11 dev eth0 mtu 1450 address 02:00:00:00:00:01
            kernel:
                sysctl     2 in sync
                route      2 wanted, 1 missing or different, 1 superfluous: 10.244.2.0/24, superfluous 10.244.9.0/24
                neigh      900 wanted, 4 missing or different: a, b, c, ...
                nft        1 wanted, cannot be read: list tables: EPERM
            peers: 3, 1 direct, 1 refused, 1 tunnel
                node2         10.244.2.0/24 via 192.0.2.12 tunnel age 1h15m last error 9s ago: bridge fdb add: ENOBUFS
                a-longer-name 10.244.3.0/24 via 192.0.2.13 direct age 1h15m
                node4         10.244.4.0/24 via 192.0.2.14 refused age 1h15m: its VNI is 7, ours is 1
            """);
  }

  @Test
  void ofTwoLeasesOfANodeOnlyTheRefusedOneIsShownAsSuch() {
    LeaseSnapshot leases = snapshot(1, lease(1, "node1"), lease(2, "node2"), lease(4, "node2"));
    history.saw(leases, START);
    DaemonStatus status =
        status(
            leases,
            "",
            "",
            List.of(desired()),
            List.of(refusal(4, AddressFamily.IPV4, "node2", "its VNI is 7, ours is 1")));
    assertThat(StatusText.of(StatusReport.of(status, history, List.of(), NOW)))
        .endsWith(
            """
            peers: 2, 1 refused, 1 tunnel
                node2 10.244.2.0/24 via 192.0.2.12 tunnel age 1h15m
                node2 10.244.4.0/24 via 192.0.2.14 refused age 1h15m: its VNI is 7, ours is 1
            """);
    assertThat(StatusPages.summary(status)).endsWith(", 2 peers, 1 leases refused");
  }

  private static Lease dual(int number, String node) {
    Lease ipv6 =
        new Lease(
            node,
            IpPrefix.parse("fd00:10:244:" + number + "::/64"),
            IpAddress.parse("2001:db8::" + number),
            "vxlan",
            1,
            Optional.of(MacAddress.parse("02:00:00:00:06:0" + number)),
            lease(number, node).expiresAt());
    return lease(number, node).withIpv6(ipv6);
  }

  @Test
  void whereIpv6GoesAnotherWayThanIpv4BothAreTold() {
    LeaseSnapshot leases =
        snapshot(1, dual(1, "node1"), dual(2, "b"), dual(3, "c"), dual(4, "d"), lease(5, "e"));
    history.saw(leases, START);
    IpPrefix own = IpPrefix.parse("fd00:10:244:1::/64");
    DesiredState ipv6 =
        desired(
            IpPrefix.parse("fd00:10:244::/48"),
            own,
            Map.of(
                IpPrefix.parse("fd00:10:244:2::/64"),
                new RouteTarget.Tunnel(IpAddress.parse("fd00:10:244:2::")),
                IpPrefix.parse("fd00:10:244:3::/64"),
                new RouteTarget.Tunnel(IpAddress.parse("fd00:10:244:3::"))));
    Map<IpPrefix, RouteTarget> routes = new HashMap<>(desired().routes());
    routes.put(lease(4, "d").subnet(), new RouteTarget.Tunnel(lease(4, "d").subnet().address()));
    routes.put(lease(5, "e").subnet(), new RouteTarget.Tunnel(lease(5, "e").subnet().address()));
    DaemonStatus status =
        status(
            leases,
            "",
            "",
            List.of(desired(NETWORK, IpPrefix.parse("10.244.1.0/24"), routes), ipv6),
            List.of(refusal(4, AddressFamily.IPV6, "d", "its MAC is ours")));
    StatusReport report = StatusReport.of(status, history, List.of(), NOW);
    assertThat(StatusText.of(report))
        .endsWith(
            """
            peers: 4, 1 direct (IPv6 tunnel), 2 tunnel, 1 tunnel (IPv6 refused)
                b 10.244.2.0/24 via 192.0.2.12 tunnel age 1h15m
                c 10.244.3.0/24 via 192.0.2.13 direct (IPv6 tunnel) age 1h15m
                d 10.244.4.0/24 via 192.0.2.14 tunnel (IPv6 refused) age 1h15m: its MAC is ours
                e 10.244.5.0/24 via 192.0.2.15 tunnel age 1h15m
            """);
    List<JsonObject> peers = ((JsonObject) Json.parse(StatusJson.of(report))).objects("peers");
    assertThat(peers)
        .extracting(peer -> peer.textOrEmpty("path"))
        .containsExactly("tunnel", "direct", "tunnel", "tunnel");
    assertThat(peers)
        .extracting(peer -> peer.textOrEmpty("ipv6Path"))
        .containsExactly("tunnel", "tunnel", "refused", "");
  }

  @Test
  void aNodeThatStartsSaysWhy() {
    DaemonStatus starting =
        DaemonStatus.starting("node1", START).withProblem("net-conf.json does not exist", START);
    assertThat(StatusText.of(StatusReport.of(starting, history, List.of(), NOW)))
        .isEqualTo(
            """
            node1: not ready for 1h15m
                ! net-conf.json does not exist
                ! store: not all leases have been read yet
                store not in sync, 0 leases
            peers: 0
            """);
  }

  @Test
  void aRenewalDoesNotMakeAPeerYoungButAnotherAddressDoes() {
    history.saw(snapshot(1, lease(2, "node2"), lease(3, "node3")), START);
    Lease moved =
        new Lease(
            "node3",
            lease(3, "node3").subnet(),
            IpAddress.parse("192.0.2.99"),
            "vxlan",
            1,
            Optional.empty(),
            0);
    history.saw(snapshot(2, lease(2, "node2").withExpiry(77), moved), NOW);
    assertThat(history.of(lease(2, "node2").subnet()).since()).isEqualTo(START);
    assertThat(history.of(moved.subnet()).since()).isEqualTo(NOW);
    history.saw(snapshot(3, moved), NOW);
    assertThat(history.of(lease(2, "node2").subnet()).since()).isEqualTo(Instant.EPOCH);
  }

  @Test
  void aNodeNameCannotCommandTheTerminal() {
    LeaseSnapshot leases = snapshot(1, lease(2, "\u001b[2Jnode2\n"));
    assertThat(StatusText.of(StatusReport.of(status(leases, "", ""), history, List.of(), NOW)))
        .contains("    ?[2Jnode2? 10.244.2.0/24");
  }

  @Test
  void programsReadTheSame() {
    JsonObject json = (JsonObject) Json.parse(StatusJson.of(troubled()));
    assertThat(json.bool("ready")).contains(true);
    assertThat(json.bool("storeInSync")).contains(false);
    assertThat(json.texts("reasons")).hasSize(5);
    assertThat(json.object("lease").orElseThrow().text("expiresAt"))
        .contains("2026-11-26T12:00:00Z");
    JsonObject route = json.objects("tables").get(1);
    assertThat(route.integer("missing")).contains(1);
    assertThat(route.texts("examples")).contains("10.244.2.0/24");
    JsonObject peer = json.objects("peers").get(0);
    assertThat(peer.text("path")).contains("tunnel");
    assertThat(peer.text("lastError")).contains("bridge fdb add: ENOBUFS");
    assertThat(peer.text("since")).contains("2026-11-25T12:00:00Z");
    assertThat(json.objects("devices").get(0).integer("mtu")).contains(1450);
  }
}
