package io.flannelj.store.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.NodeIdentity;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final NetConf NET = NetConfReader.read("{\"Network\":\"10.244.0.0/16\"}");

  private static final NetConf DUAL =
      NetConfReader.read(
          "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,"
              + "\"IPv6Network\":\"fd00:10:244::/48\"}");

  @TempDir private Path parent;
  private final List<String> reports = new CopyOnWriteArrayList<>();

  private DirectoryStore store(Instant now) {
    return new DirectoryStore(
        parent.resolve("leases"), LeaseClock.even(Clock.fixed(now, ZoneOffset.UTC)), reports::add);
  }

  private static LeaseRequest request(String node, int last, Optional<IpPrefix> previous) {
    return new LeaseRequest(node, 1, List.of(ipv4(last, previous)));
  }

  private static LeaseRequest.Half ipv4(int last, Optional<IpPrefix> previous) {
    return new LeaseRequest.Half(
        NET.ipv4().orElseThrow(),
        IpAddress.parse("192.0.2." + last),
        MacAddress.parse("02:00:00:00:00:" + (10 + last)),
        previous);
  }

  private static LeaseRequest.Half ipv6(int last) {
    return new LeaseRequest.Half(
        DUAL.ipv6().orElseThrow(),
        IpAddress.parse("2001:db8::" + last),
        MacAddress.parse("02:00:00:00:06:" + (10 + last)),
        Optional.empty());
  }

  private static LeaseRequest dual(String node, int last) {
    return new LeaseRequest(node, 1, List.of(ipv4(last, Optional.empty()), ipv6(last)));
  }

  private static NodeIdentity named(String node) {
    return new NodeIdentity(node, List.of());
  }

  private Path file(String subnet) {
    return parent.resolve("leases").resolve(subnet + "-24.json");
  }

  @Test
  void nodesThatAskAtTheSameMomentGetDifferentSubnets() throws Exception {
    int nodes = 20;
    CountDownLatch together = new CountDownLatch(1);
    List<Lease> leases = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      int node = i;
      Thread thread =
          new Thread(
              () -> {
                try (DirectoryStore own = store(NOW)) {
                  together.await();
                  leases.add(own.acquire(request("node" + node, node, Optional.empty())));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      thread.start();
      threads.add(thread);
    }
    together.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(leases.stream().map(Lease::subnet).distinct()).hasSize(nodes);
  }

  @Test
  void aNodeKeepsItsSubnetAndRenewsIt() {
    Lease first = store(NOW).acquire(request("a", 1, Optional.empty()));
    Lease again = store(NOW.plus(Duration.ofHours(30))).acquire(request("a", 2, Optional.empty()));
    assertThat(again.subnet()).isEqualTo(first.subnet());
    assertThat(again.publicIp()).hasToString("192.0.2.2");
    assertThat(again.expiresAt()).isGreaterThan(first.expiresAt());
  }

  @Test
  void aDualStackLeaseIsOneFileOfFlannelsForm() throws Exception {
    Lease lease = store(NOW).acquire(dual("a", 1));
    Path file = parent.resolve("leases/10.244.1.0-24&fd00:10:244:1::-64.json");
    assertThat(Files.readString(file))
        .isEqualTo(
            "{\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":\"2001:db8::1\",\"BackendType\":\"vxlan\","
                + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:11\"},"
                + "\"BackendV6Data\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:06:11\"},"
                + "\"Node\":\"a\",\"Expiration\":"
                + lease.expiresAt()
                + "}\n");
    assertThat(store(NOW).findByNode(named("a"))).contains(lease);
    assertThat(lease.half(AddressFamily.IPV6).orElseThrow().publicIp()).hasToString("2001:db8::1");
  }

  @Test
  void anIpv6OnlyLeaseNeedsNoIpv4() {
    Lease lease = store(NOW).acquire(new LeaseRequest("a", 1, List.of(ipv6(1))));
    assertThat(lease.subnet()).hasToString("fd00:10:244:1::/64");
    assertThat(lease.half(AddressFamily.IPV4)).isEmpty();
    assertThat(parent.resolve("leases/fd00:10:244:1::-64.json")).exists();
    assertThat(store(NOW).findByNode(named("a"))).contains(lease);
    assertThat(reports).isEmpty();
  }

  @Test
  void aNodeThatChangesToDualStackAndBackKeepsItsSubnet() {
    store(NOW).acquire(request("a", 1, Optional.empty()));
    Lease second = store(NOW).acquire(request("b", 2, Optional.empty()));
    Lease dual = store(NOW).acquire(dual("b", 2));
    assertThat(dual.subnet()).isEqualTo(second.subnet());
    assertThat(dual.subnets().get(1)).hasToString("fd00:10:244:1::/64");
    assertThat(file("10.244.2.0")).doesNotExist();
    assertThat(store(NOW).acquire(dual("c", 3)).subnets())
        .hasToString("[10.244.3.0/24, fd00:10:244:2::/64]");
    assertThat(store(NOW).acquire(request("b", 2, Optional.empty()))).isEqualTo(second);
    assertThat(store(NOW).acquire(dual("d", 4)).subnets())
        .hasToString("[10.244.4.0/24, fd00:10:244:1::/64]");
  }

  @Test
  void thePreviousSubnetIsTakenIfItIsFree() {
    Optional<IpPrefix> previous = Optional.of(IpPrefix.parse("10.244.77.0/24"));
    assertThat(store(NOW).acquire(request("a", 1, previous)).subnet())
        .hasToString("10.244.77.0/24");
    assertThat(store(NOW).acquire(request("b", 2, previous)).subnet()).hasToString("10.244.1.0/24");
  }

  @Test
  void anExpiredLeaseIsGivenAgain() {
    store(NOW).acquire(request("a", 1, Optional.empty()));
    Lease other = store(NOW.plus(Duration.ofHours(25))).acquire(request("b", 2, Optional.empty()));
    assertThat(other.subnet()).hasToString("10.244.1.0/24");
  }

  @Test
  void aReservationStaysOne() throws Exception {
    store(NOW).acquire(request("a", 1, Optional.empty()));
    Path file = file("10.244.1.0");
    Files.writeString(file, Files.readString(file).replaceAll(",\"Expiration\":[0-9]+", ""));
    Lease again = store(NOW).acquire(request("a", 1, Optional.empty()));
    assertThat(again.expiresAt()).isEqualTo(Long.MAX_VALUE);
    assertThat(Files.readString(file)).doesNotContain("Expiration");
  }

  @Test
  void tornAndForeignFilesAreReportedOnceAndPassedOver() throws Exception {
    store(NOW).acquire(request("a", 1, Optional.empty()));
    Files.writeString(file("10.244.9.0"), "");
    Files.writeString(file("10.244.8.0"), "{\"PublicIP\":\"192.0.2");
    Files.writeString(parent.resolve("leases/notes.txt"), "hello");
    DirectoryStore store = store(NOW);
    assertThat(store.findByNode(named("a"))).isPresent();
    assertThat(store.findByNode(named("b"))).isEmpty();
    assertThat(reports).hasSize(3);
    assertThat(String.join("\n", reports))
        .contains("10.244.9.0-24.json is passed over: the file is empty")
        .contains("10.244.8.0-24.json is passed over")
        .contains("notes.txt is passed over");
  }

  @Test
  void changesAreSeenAndALostDirectoryIsNoEmptyOne() throws Exception {
    BlockingQueue<LeaseSnapshot> snapshots = new LinkedBlockingQueue<>();
    BlockingQueue<StoreState> troubles = new LinkedBlockingQueue<>();
    try (DirectoryStore store = store(NOW)) {
      store.acquire(request("a", 1, Optional.empty()));
      store.watch(snapshots::add, troubles::add);
      assertThat(next(snapshots).leases()).hasSize(1);
      store.acquire(request("b", 2, Optional.empty()));
      assertThat(next(snapshots).leases()).hasSize(2);
      Files.delete(file("10.244.2.0"));
      assertThat(next(snapshots).leases()).hasSize(1);
      Path directory = parent.resolve("leases");
      Files.move(directory, parent.resolve("elsewhere"));
      String text = "";
      while (!text.contains("gone")
          && !text.contains("removed")
          && !text.contains("not even ours")) {
        text = String.valueOf(troubles.poll(60, TimeUnit.SECONDS));
        assertThat(text).isNotEqualTo("null");
      }
      assertThat(snapshots).isEmpty();
      assertThat(directory).doesNotExist();
      Files.move(parent.resolve("elsewhere"), directory);
      store.acquire(request("c", 3, Optional.empty()));
      assertThat(next(snapshots).leases()).hasSize(2);
    }
  }

  private static LeaseSnapshot next(BlockingQueue<LeaseSnapshot> snapshots)
      throws InterruptedException {
    LeaseSnapshot snapshot = snapshots.poll(60, TimeUnit.SECONDS);
    assertThat(snapshot).isNotNull();
    assertThat(snapshot.inSync()).isTrue();
    return snapshot;
  }

  @Test
  void aFileInTheDirectorysPlaceIsNamedWithTheRemedy() throws Exception {
    Files.writeString(parent.resolve("leases"), "");
    assertThatThrownBy(() -> store(NOW).acquire(request("a", 1, Optional.empty())))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(parent.resolve("leases").toString())
        .hasMessageContaining("--store-dir");
  }
}
