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

  private static DesiredState desired() {
    IpPrefix tunnel = IpPrefix.parse("10.244.2.0/24");
    IpPrefix direct = IpPrefix.parse("10.244.3.0/24");
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
        IpPrefix.parse("10.244.1.0/32"),
        Map.of(),
        Map.of(),
        Map.of(
            tunnel,
            new RouteTarget.Tunnel(tunnel.address()),
            direct,
            new RouteTarget.Direct(IpAddress.parse("192.0.2.13"))),
        new TrafficRules(NETWORK, IpPrefix.parse("10.244.1.0/24"), true, true, true));
  }

  private static DaemonStatus status(LeaseSnapshot leases, String problem, String storeProblem) {
    return new DaemonStatus(
        "node1",
        problem,
        storeProblem,
        Optional.of(lease(1, "node1")),
        leases,
        List.of(desired()),
        Map.of("node4", "its VNI is 7, ours is 1"),
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
