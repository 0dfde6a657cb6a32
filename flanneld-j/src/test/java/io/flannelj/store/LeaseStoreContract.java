package io.flannelj.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * What every store must do. A store that cannot have something names it as a {@link Difference},
 * and proves in its place what it does instead: no test of the contract is skipped for that.
 */
@Timeout(180)
public abstract class LeaseStoreContract {
  /** The network of these tests. */
  protected static final NetConf NET =
      NetConfReader.read("{\"Network\":\"10.244.0.0/16\",\"SubnetLen\":24}");

  /** The network in both families. */
  protected static final NetConf DUAL =
      NetConfReader.read(
          "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,"
              + "\"IPv6Network\":\"fd00:10:244::/48\"}");

  private static final NetConf OTHER = NetConfReader.read("{\"Network\":\"10.99.0.0/16\"}");

  private StorePlace place;
  private final List<LeaseStore> open = new ArrayList<>();

  /** A new place without leases. */
  protected abstract StorePlace makePlace();

  /** What this store does not have. */
  protected List<Difference> differences() {
    return List.of();
  }

  /**
   * Proves what holds in this store where it differs. Called in the place of the contract's test.
   *
   * @return what was proven, in one sentence, for the report
   */
  protected String instead(Difference difference) {
    throw new AssertionError(getClass() + " does not prove what it does instead: " + difference);
  }

  @BeforeEach
  final void begin() {
    place = makePlace();
  }

  @AfterEach
  final void end() {
    open.forEach(LeaseStore::close);
    place.close();
  }

  /** The place of the test that runs. */
  protected final StorePlace place() {
    return place;
  }

  /** The store of node N, which is closed after the test. */
  protected final LeaseStore open(int node) {
    place.admit("node" + node);
    LeaseStore store = place.open("node" + node);
    synchronized (open) {
      open.add(store);
    }
    return store;
  }

  /** The same of node 1. */
  protected final LeaseStore open() {
    return open(1);
  }

  /** Whether the store differs; what it does instead is proven then, and told in the report. */
  private boolean differs(Difference difference, TestReporter report) {
    if (!differences().contains(difference)) {
      return false;
    }
    report.publishEntry(difference.name(), instead(difference));
    return true;
  }

  /** What node N asks for. */
  protected static LeaseRequest request(int node, NetConf net, IpPrefix... previous) {
    List<LeaseRequest.Half> halves = new ArrayList<>();
    for (AddressFamily family : net.families()) {
      boolean ipv4 = family == AddressFamily.IPV4;
      halves.add(
          new LeaseRequest.Half(
              net.pool(family).orElseThrow(),
              IpAddress.parse(ipv4 ? "192.0.2." + node : "2001:db8::" + node),
              mac(ipv4 ? 4 : 6, node),
              Optional.ofNullable(previous.length > 0 ? previous[0] : null)
                  .filter(subnet -> subnet.isIpv4() == ipv4)));
    }
    return new LeaseRequest("node" + node, 1, halves);
  }

  private static MacAddress mac(int family, int node) {
    return MacAddress.parse(String.format("02:00:00:00:%02x:%02x", family, node));
  }

  /** A lease as node N has it. */
  protected static Lease peer(int node, String subnet, long expiresAt) {
    return new Lease(
        "node" + node,
        IpPrefix.parse(subnet),
        IpAddress.parse("192.0.2." + node),
        "vxlan",
        1,
        Optional.of(mac(4, node)),
        expiresAt);
  }

  private static Lease lease(Map<IpPrefix, Lease> leases, IpPrefix subnet) {
    return Optional.ofNullable(leases.get(subnet)).orElseThrow();
  }

  private static long tomorrow() {
    return System.currentTimeMillis() + LeaseClock.TTL_MILLIS;
  }

  @Test
  void aNodeGetsASubnetOfTheNetworkAndOthersSeeAllOfIt() {
    Seen other = new Seen(open(2));
    LeaseStore store = open();
    Lease lease = store.acquire(request(1, NET));
    assertThat(NET.ipv4().orElseThrow().accepts(lease.subnet())).isTrue();
    other.await("the lease is seen", leases -> leases.containsKey(lease.subnet()));
    Lease seen = other.lease(lease.subnet());
    assertThat(seen.publicIp()).hasToString("192.0.2.1");
    assertThat(seen.vtepMac()).contains(mac(4, 1));
    assertThat(seen.vni()).isEqualTo(1);
    assertThat(seen.backendType()).isEqualTo("vxlan");
    assertThat(other.snapshots()).allMatch(LeaseSnapshot::inSync);
    assertThat(open().findByNode(NodeIdentity.of(lease)).map(Lease::subnet))
        .contains(lease.subnet());
    assertThat(open(2).findByNode(NodeIdentity.of(peer(2, "10.244.2.0/24", 0)))).isEmpty();
  }

  @Test
  void ourOwnLeaseIsSeenUnderOurName() {
    LeaseStore store = open();
    Lease lease = store.acquire(request(1, NET));
    Seen seen = new Seen(store);
    seen.await("our lease is there", leases -> leases.containsKey(lease.subnet()));
    assertThat(seen.lease(lease.subnet()).node()).isEqualTo("node1");
    assertThat(lease.node()).isEqualTo("node1");
  }

  @Test
  void askingAgainRenewsTheSameSubnetAfterARestartToo() {
    Lease first = open().acquire(request(1, NET));
    LeaseStore store = open();
    Lease again = store.acquire(request(1, NET));
    Lease third = store.acquire(request(1, NET));
    assertThat(again.subnet()).isEqualTo(first.subnet());
    assertThat(third.subnet()).isEqualTo(first.subnet());
    assertThat(again.expiresAt()).isGreaterThanOrEqualTo(first.expiresAt());
    Seen seen = new Seen(store);
    seen.await("there is one lease", leases -> leases.size() == 1);
  }

  @Test
  void aDualStackLeaseHasBothSubnetsAndChangesKeepTheIpv4One() {
    Lease single = open().acquire(request(1, NET));
    Lease dual = open().acquire(request(1, DUAL));
    assertThat(dual.subnet()).isEqualTo(single.subnet());
    Seen seen = new Seen(open());
    seen.await(
        "one lease with both subnets",
        leases ->
            leases.size() == 1
                && leases.containsKey(dual.subnet())
                && lease(leases, dual.subnet()).subnets().equals(dual.subnets()));
    Lease there = seen.lease(dual.subnet()).ipv6().orElseThrow();
    assertThat(there.publicIp()).hasToString("2001:db8::1");
    assertThat(there.vtepMac()).contains(mac(6, 1));
    assertThat(open().acquire(request(1, NET)).subnets()).isEqualTo(single.subnets());
    seen.await(
        "one lease of one family",
        leases -> leases.size() == 1 && lease(leases, dual.subnet()).ipv6().isEmpty());
  }

  @Test
  void anIpv6OnlyNodeNeedsNoIpv4() {
    NetConf only = DUAL.without(AddressFamily.IPV4);
    Lease lease = open().acquire(request(1, only));
    assertThat(only.ipv6().orElseThrow().accepts(lease.subnet())).isTrue();
    Seen seen = new Seen(open());
    seen.await("the lease is seen", leases -> leases.containsKey(lease.subnet()));
    assertThat(seen.lease(lease.subnet()).publicIp()).hasToString("2001:db8::1");
    assertThat(open().acquire(request(1, only)).subnet()).isEqualTo(lease.subnet());
  }

  @Test
  void aLeaseThatEndsVanishesAndItsSubnetIsFree(TestReporter report) {
    if (differs(Difference.LEASES_DO_NOT_END, report)) {
      return;
    }
    place.write(peer(2, "10.244.2.0/24", tomorrow()));
    Seen seen = new Seen(open());
    Lease ending = peer(7, "10.244.7.0/24", tomorrow());
    place.writeEnding(ending);
    seen.await("it is there", leases -> leases.containsKey(ending.subnet()));
    seen.await("it has ended", leases -> !leases.containsKey(ending.subnet()));
    assertThat(open().acquire(request(1, NET, ending.subnet())).subnet())
        .isEqualTo(ending.subnet());
  }

  @Test
  void fiftyNodesAtTheSameMomentGetFiftySubnets() throws Exception {
    int nodes = 50;
    CountDownLatch together = new CountDownLatch(1);
    List<Lease> leases = new CopyOnWriteArrayList<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      LeaseRequest request = request(i, DUAL);
      LeaseStore own = open(i);
      Thread thread =
          new Thread(
              () -> {
                try {
                  together.await();
                  leases.add(own.acquire(request));
                } catch (InterruptedException | RuntimeException e) {
                  failures.add(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    together.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    assertThat(leases.stream().map(Lease::subnet).distinct()).hasSize(nodes);
    assertThat(leases.stream().map(lease -> lease.ipv6().orElseThrow().subnet()).distinct())
        .hasSize(nodes);
    Seen seen = new Seen(open());
    seen.await("all are there", there -> there.size() == nodes);
  }

  @Test
  void thePreviousSubnetIsKeptIfItIsFree(TestReporter report) {
    if (differs(Difference.SUBNETS_ARE_GIVEN, report)) {
      return;
    }
    IpPrefix previous = IpPrefix.parse("10.244.77.0/24");
    assertThat(open().acquire(request(1, NET, previous)).subnet()).isEqualTo(previous);
    assertThat(open(2).acquire(request(2, NET, previous)).subnet()).isNotEqualTo(previous);
  }

  @Test
  void aLeaseThatWasRemovedIsTakenAgain() {
    LeaseStore store = open();
    Lease lease = store.acquire(request(1, NET));
    Seen seen = new Seen(store);
    Seen other = new Seen(open(2));
    seen.await("it is there", leases -> leases.containsKey(lease.subnet()));
    place.write(peer(9, "10.244.99.0/24", tomorrow()));
    place.remove(lease);
    other.await("it is gone", leases -> !leases.containsKey(lease.subnet()));
    place.admit("node1");
    assertThat(store.acquire(request(1, NET, lease.subnet())).subnet()).isEqualTo(lease.subnet());
    other.await("it is there again", leases -> leases.containsKey(lease.subnet()));
  }

  @Test
  void aChangedNetworkGivesANewSubnetAndTheOldOneGoes(TestReporter report) {
    if (differs(Difference.SUBNETS_ARE_GIVEN, report)) {
      return;
    }
    Lease before = open().acquire(request(1, NET));
    Lease after = open().acquire(request(1, OTHER, before.subnet()));
    assertThat(OTHER.ipv4().orElseThrow().accepts(after.subnet())).isTrue();
    Seen seen = new Seen(open());
    seen.await(
        "the new one alone is there",
        leases -> leases.size() == 1 && leases.containsKey(after.subnet()));
  }

  @Test
  void aNodeWithANewAddressKeepsItsSubnet() {
    LeaseStore store = open();
    Lease before = store.acquire(request(1, NET));
    LeaseRequest moved =
        new LeaseRequest("node1", 1, List.of(request(101, NET, before.subnet()).halves().get(0)));
    Lease after = store.acquire(moved);
    assertThat(after.subnet()).isEqualTo(before.subnet());
    Seen seen = new Seen(open());
    seen.await("there is one lease", leases -> leases.size() == 1);
    assertThat(seen.lease(after.subnet()).publicIp()).hasToString("192.0.2.101");
  }

  @Test
  void malformedDataOfOneNodeIsToldAndCostsNoOtherItsPlace() {
    place.write(peer(2, "10.244.2.0/24", tomorrow()));
    place.writeMalformed(IpPrefix.parse("10.244.66.0/24"));
    LeaseStore store = open();
    Lease lease = store.acquire(request(1, NET));
    Seen seen = new Seen(store);
    seen.await("both leases are there", leases -> leases.size() == 2);
    assertThat(seen.leases()).containsOnlyKeys(lease.subnet(), IpPrefix.parse("10.244.2.0/24"));
    seen.awaitState("it is told", state -> String.join("", state.notes()).contains("10.244.66.0"));
    assertThat(seen.state().problem()).isEmpty();
    place.write(peer(66, "10.244.66.0/24", tomorrow()));
    seen.await("it is mended", leases -> leases.size() == 3);
    seen.awaitState("it is told no more", state -> state.notes().isEmpty());
  }

  @Test
  void whatWasChangedOrVanishedDuringAnAbsenceIsSeenOnReturn() {
    LeaseStore store = open();
    Lease own = store.acquire(request(1, NET, IpPrefix.parse("10.244.1.0/24")));
    Lease staying = peer(2, "10.244.102.0/24", tomorrow());
    Lease changing = peer(3, "10.244.103.0/24", tomorrow());
    Lease vanishing = peer(4, "10.244.104.0/24", tomorrow());
    Lease coming = peer(5, "10.244.105.0/24", tomorrow());
    place.write(staying);
    place.write(changing);
    place.write(vanishing);
    Seen seen = new Seen(store);
    seen.await("all are there", leases -> leases.size() == 4);
    place.whileAway(
        () -> {
          place.remove(vanishing);
          place.write(
              new Lease(
                  changing.node(),
                  changing.subnet(),
                  changing.publicIp(),
                  "vxlan",
                  1,
                  Optional.of(mac(4, 33)),
                  changing.expiresAt()));
          place.write(coming);
          seen.awaitState("the absence is told", state -> !state.problem().isEmpty());
        });
    seen.await(
        "it is seen on return",
        leases ->
            leases.containsKey(coming.subnet())
                && !leases.containsKey(vanishing.subnet())
                && lease(leases, changing.subnet()).vtepMac().equals(Optional.of(mac(4, 33))));
    assertThat(seen.leases())
        .containsOnlyKeys(own.subnet(), staying.subnet(), changing.subnet(), coming.subnet());
    seen.awaitState("all is well", state -> state.equals(StoreState.GOOD));
    assertThat(seen.snapshots())
        .as("nothing but what vanished is ever missing")
        .allMatch(
            snapshot ->
                snapshot.leases().containsKey(own.subnet())
                    && (snapshot.leases().size() < 4
                        || snapshot.leases().containsKey(staying.subnet())));
  }

  @Test
  void aReservedSubnetIsTakenByItsNodeOnlyAndStaysReserved(TestReporter report) {
    if (differs(Difference.NO_RESERVATIONS, report)) {
      return;
    }
    IpPrefix reserved = IpPrefix.parse("10.244.5.0/24");
    place.write(peer(5, "10.244.5.0/24", Lease.RESERVED));
    assertThat(open().acquire(request(1, NET, reserved)).subnet()).isNotEqualTo(reserved);
    LeaseStore store = open(5);
    for (int i = 0; i < 3; i++) {
      Lease lease = store.acquire(request(5, NET));
      assertThat(lease.subnet()).isEqualTo(reserved);
      assertThat(lease.isReservation()).isTrue();
      assertThat(place.isReserved(reserved)).isTrue();
    }
    assertThat(open(5).acquire(request(5, NET)).isReservation()).isTrue();
    assertThat(place.isReserved(reserved)).isTrue();
  }
}
