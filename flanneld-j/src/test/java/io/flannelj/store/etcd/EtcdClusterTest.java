package io.flannelj.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.EtcdOptions;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.Seen;
import io.flannelj.store.StoreState;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.RequiresEtcd;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three members, of which some are gone, or there and silent. */
@RequiresEtcd
@Timeout(180)
class EtcdClusterTest {
  private static final Patience SHORT = new Patience(2_000, 1_000, 1_000, 60_000);

  @TempDir private Path directory = Path.of("");
  private List<EtcdServer> members = List.of();

  @BeforeEach
  void start() {
    members = EtcdServer.cluster(directory, 3);
  }

  @AfterEach
  void end() {
    members.forEach(EtcdServer::close);
  }

  /** Asks the members in this order. */
  private static EtcdStore open(List<EtcdServer> order) {
    EtcdOptions options =
        EtcdPlace.options(
            "/net",
            60,
            order.stream().map(member -> member.endpoint().toString()).toArray(String[]::new));
    return EtcdPlace.open(options, SHORT, text -> {});
  }

  private EtcdServer leader() {
    return members.stream().filter(EtcdServer::isLeader).findFirst().orElseThrow();
  }

  private List<EtcdServer> without(EtcdServer gone) {
    return members.stream().filter(member -> member != gone).toList();
  }

  /** A put that is repeated while a leader is being elected. */
  private static void write(EtcdServer member, int node) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        member.put(
            "/net/subnets/10.244." + node + ".0-24",
            "{\"PublicIP\":\"192.0.2." + node + "\",\"BackendType\":\"vxlan\"}");
        return;
      } catch (IllegalStateException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
      }
    }
  }

  private static void sees(Seen seen, int node) {
    sees(seen, IpPrefix.parse("10.244." + node + ".0/24"));
  }

  private static void sees(Seen seen, IpPrefix subnet) {
    seen.await("lease of " + subnet, leases -> leases.containsKey(subnet));
    seen.awaitState("well", StoreState.GOOD::equals);
  }

  @Test
  void theLeaderMayDieAndTheNextOneToo() {
    EtcdServer first = leader();
    List<EtcdServer> rest = without(first);
    try (EtcdStore store = open(List.of(first, rest.get(0), rest.get(1)))) {
      Lease lease = store.acquire(EtcdFaultsTest.request(1));
      Seen seen = new Seen(store);
      sees(seen, lease.subnet());
      first.kill();
      write(rest.get(0), 200);
      sees(seen, 200);
      assertThat(store.acquire(EtcdFaultsTest.request(1)).subnet()).isEqualTo(lease.subnet());
      // What is left has no leader: that is told, and nothing is dropped.
      rest.get(0).kill();
      seen.awaitState("there is no leader", state -> !state.problem().isEmpty());
      assertThat(seen.leases()).containsKey(lease.subnet());
      first.start();
      write(rest.get(1), 201);
      sees(seen, 201);
      assertThat(store.acquire(EtcdFaultsTest.request(1)).subnet()).isEqualTo(lease.subnet());
      assertThat(seen.leases()).hasSize(3);
    }
  }

  @Test
  void aMemberThatTakesConnectionsAndNeverAnswersIsLeftForTheNext() {
    EtcdServer silent = leader();
    List<EtcdServer> rest = without(silent);
    List<EtcdServer> order = List.of(silent, rest.get(0), rest.get(1));
    try (EtcdStore store = open(order)) {
      Lease lease = store.acquire(EtcdFaultsTest.request(1));
      Seen seen = new Seen(store);
      sees(seen, lease.subnet());
      silent.freeze();
      write(rest.get(0), 200);
      sees(seen, 200);
      assertThat(store.acquire(EtcdFaultsTest.request(1)).subnet()).isEqualTo(lease.subnet());
      // One that begins meanwhile asks the silent one first.
      try (EtcdStore other = open(order)) {
        assertThat(other.acquire(EtcdFaultsTest.request(2)).subnet()).isNotEqualTo(lease.subnet());
        sees(new Seen(other), 200);
      }
      silent.thaw();
      write(silent, 201);
      sees(seen, 201);
    } finally {
      silent.thaw();
    }
  }
}
