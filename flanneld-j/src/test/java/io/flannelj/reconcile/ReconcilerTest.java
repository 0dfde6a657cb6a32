package io.flannelj.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.DesiredTable;
import io.flannelj.desired.FdbKey;
import io.flannelj.desired.FdbSpec;
import io.flannelj.desired.LinkName;
import io.flannelj.desired.LinkSpec;
import io.flannelj.desired.RouteKey;
import io.flannelj.desired.RouteSpec;
import io.flannelj.desired.VxlanLink;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static final LinkName FLANNEL = new LinkName("flannel.1");
  private static final Duration AUDIT = Duration.ofSeconds(60);

  private final List<String> log = new ArrayList<>();
  private final List<ReconcileEvent> events = new ArrayList<>();
  private final FakeTable<LinkName, LinkSpec> links = new FakeTable<>(DesiredTable.LINKS, log);
  private final FakeTable<FdbKey, FdbSpec> fdb = new FakeTable<>(DesiredTable.FDB, log);
  private final FakeTable<RouteKey, RouteSpec> routes = new FakeTable<>(DesiredTable.ROUTES, log);
  private final FakeClock clock = new FakeClock();
  private final FakeSource source = new FakeSource();
  private final Reconciler reconciler =
      new Reconciler(List.of(routes, links, fdb), source, AUDIT, events::add, clock, clock);

  @Test
  void leavesTheKernelAloneUntilSomethingIsDesired() {
    routes.ours.put(route(2), via(2));

    reconciler.round();

    assertThat(routes.ours).hasSize(1);
    assertThat(routes.dumps).isZero();
    assertThat(reconciler.status().isInSync()).isFalse();
  }

  @Test
  void putsInTheOrderOfTablesAndRemovesInReverse() {
    source.want(peers(2), true);
    reconciler.round();
    source.want(DesiredState.EMPTY, true);
    reconciler.round();

    assertThat(log)
        .containsExactly(
            "put link flannel.1",
            "put fdb 0a:00:00:00:00:02 dev flannel.1",
            "put route 10.244.2.0/24",
            "remove route 10.244.2.0/24",
            "remove fdb 0a:00:00:00:00:02 dev flannel.1",
            "remove link flannel.1");
  }

  @Test
  void removesNothingBeforeTheStoreIsInSync() {
    routes.ours.put(route(7), via(7));
    source.want(peers(2), false);
    reconciler.round();
    assertThat(routes.ours).containsKeys(route(2), route(7));

    source.want(peers(2), true);
    reconciler.round();
    assertThat(routes.ours).containsOnlyKeys(route(2));
  }

  @Test
  void appliesAChangedLeaseByKeyWithoutADump() {
    source.want(peers(2, 3), true);
    reconciler.round();
    int dumps = routes.dumps + fdb.dumps + links.dumps;
    log.clear();

    source.want(peers(2, 4), true);
    reconciler.round();

    assertThat(routes.dumps + fdb.dumps + links.dumps).isEqualTo(dumps);
    assertThat(log)
        .containsExactly(
            "put fdb 0a:00:00:00:00:04 dev flannel.1",
            "put route 10.244.4.0/24",
            "remove route 10.244.3.0/24",
            "remove fdb 0a:00:00:00:00:03 dev flannel.1");
  }

  @Test
  void retriesAFailedEntryAloneAndEverMoreSeldom() {
    routes.failAlways.put(route(2), "route add 10.244.2.0/24: ENETUNREACH");
    source.want(peers(2, 3), true);

    assertThat(reconciler.round()).isEqualTo(Duration.ofMillis(100));
    assertThat(routes.ours).containsOnlyKeys(route(3));

    clock.advance(Duration.ofMillis(100));
    assertThat(reconciler.round()).isEqualTo(Duration.ofMillis(200));
    clock.advance(Duration.ofMillis(200));
    assertThat(reconciler.round()).isEqualTo(Duration.ofMillis(400));
    assertThat(reconciler.status().problem())
        .isEqualTo("route 10.244.2.0/24: route add 10.244.2.0/24: ENETUNREACH");

    routes.failAlways.clear();
    clock.advance(Duration.ofMillis(400));
    reconciler.round();
    assertThat(routes.ours).containsOnlyKeys(route(2), route(3));
    assertThat(reconciler.status().isInSync()).isTrue();
    assertThat(routes.dumps).isEqualTo(1);
  }

  @Test
  void logsAFailureOnceAndThatItIsWellAgain() {
    routes.failAlways.put(route(2), "ENETUNREACH");
    source.want(peers(2, 3), true);
    for (int i = 0; i < 5; i++) {
      reconciler.round();
      clock.advance(Duration.ofSeconds(1));
    }
    routes.failAlways.clear();
    clock.advance(Duration.ofSeconds(60));
    reconciler.round();

    assertThat(events.stream().filter(e -> !(e instanceof ReconcileEvent.Applied)))
        .extracting(ReconcileEvent::text)
        .containsExactly(
            "route 10.244.2.0/24: ENETUNREACH (1 failing, retried by themselves)",
            "in sync: 5 entries, after 65000 ms");
  }

  @Test
  void mendsWhatSomebodyElseRemovedAndSaysSo() {
    source.want(peers(2, 3), true);
    reconciler.round();
    events.clear();
    routes.ours.remove(route(3));

    reconciler.markDirty("route removed");
    reconciler.round();

    assertThat(routes.ours).containsKey(route(3));
    assertThat(events)
        .containsExactly(
            new ReconcileEvent.Mended("route removed", "route", "10.244.3.0/24", 1, 0));
  }

  @Test
  void aStormOfEventsNeitherDelaysTheFirstNorDumpsForEach() {
    source.want(peers(2), true);
    reconciler.round();
    int dumps = routes.dumps;

    for (int i = 0; i < 50; i++) {
      reconciler.markDirty("route removed");
      reconciler.round();
    }
    assertThat(routes.dumps).isEqualTo(dumps + 1);

    clock.advance(Reconciler.SPACING);
    reconciler.round();
    assertThat(routes.dumps).isEqualTo(dumps + 2);
  }

  @Test
  void auditsWithoutACause() {
    source.want(peers(2), true);
    assertThat(reconciler.round()).isEqualTo(AUDIT);
    routes.ours.clear();

    clock.advance(AUDIT);
    reconciler.round();

    assertThat(routes.ours).containsKey(route(2));
  }

  @Test
  void whatStandsOnADeviceWaitsForIt() {
    links.failAlways.put(FLANNEL, "link add flannel.1: EPERM");
    source.want(peers(2, 3), true);
    reconciler.round();

    assertThat(log).isEmpty();
    assertThat(routes.calls + fdb.calls).isZero();
    assertThat(reconciler.status().problem())
        .isEqualTo("link flannel.1: link add flannel.1: EPERM");

    links.failAlways.clear();
    clock.advance(Duration.ofMillis(100));
    reconciler.round();

    assertThat(routes.ours).hasSize(2);
    assertThat(reconciler.status().isInSync()).isTrue();
  }

  @Test
  void aDeviceMadeAnewGetsEverythingAgain() {
    source.want(peers(2, 3), true);
    reconciler.round();
    links.clearing.add(FLANNEL);
    links.onClear =
        () -> {
          fdb.ours.clear();
          routes.ours.clear();
        };

    source.want(withPort(peers(2, 3), 4789), true);
    reconciler.round();

    assertThat(fdb.ours).hasSize(2);
    assertThat(routes.ours).hasSize(2);
    assertThat(reconciler.status().isInSync()).isTrue();
  }

  @Test
  void aTableThatCannotBeReadKeepsNeitherItselfNorOthersFromChanges() {
    routes.failNextDump = true;
    source.want(peers(2), true);
    assertThat(reconciler.round()).isEqualTo(Duration.ofMillis(100));

    assertThat(routes.ours).containsKey(route(2));
    assertThat(fdb.ours).hasSize(1);
    assertThat(reconciler.status().problem()).isEqualTo("route: dump route: EINTR");

    clock.advance(Duration.ofMillis(100));
    reconciler.round();
    assertThat(reconciler.status().isInSync()).isTrue();
  }

  static RouteKey route(int node) {
    return RouteKey.to(IpPrefix.parse("10.244." + node + ".0/24"));
  }

  static RouteSpec via(int node) {
    return RouteSpec.onlink(FLANNEL, IpAddress.parse("10.244." + node + ".0"));
  }

  private static DesiredState peers(int... nodes) {
    DesiredState.Builder state = DesiredState.builder();
    state.put(DesiredTable.LINKS, FLANNEL, vxlan(8472));
    for (int node : nodes) {
      state.put(DesiredTable.ROUTES, route(node), via(node));
      state.put(
          DesiredTable.FDB,
          new FdbKey(FLANNEL, new MacAddress(0x0a0000000000L + node)),
          FdbSpec.to(IpAddress.parse("192.168.64." + node)));
    }
    return state.build();
  }

  private static DesiredState withPort(DesiredState state, int port) {
    return DesiredState.builder()
        .putAll(state)
        .put(DesiredTable.LINKS, FLANNEL, vxlan(port))
        .build();
  }

  private static VxlanLink vxlan(int port) {
    return new VxlanLink(
        1,
        new LinkName("eth0"),
        IpAddress.parse("192.168.64.1"),
        port,
        1450,
        new MacAddress(0x0a0000000001L),
        false,
        false);
  }
}
