package io.flannelj.store.directory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.NetConfReader;
import io.flannelj.config.SubnetPool;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.StoreException;
import io.flannelj.store.StoreState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stores that are gone, empty or torn, and clocks that were set. */
@Timeout(120)
class DirectoryFaultsTest {
  private static final SubnetPool POOL =
      NetConfReader.read("{\"Network\":\"10.244.0.0/16\"}").ipv4().orElseThrow();
  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  @TempDir private Path parent;
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final AtomicLong wall = new AtomicLong(START);
  private final AtomicLong uptime = new AtomicLong(5_000);
  private final BlockingQueue<LeaseSnapshot> snapshots = new LinkedBlockingQueue<>();
  private final BlockingQueue<StoreState> states = new LinkedBlockingQueue<>();

  private final class SetClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(wall.get());
    }
  }

  private Path directory() {
    return parent.resolve("leases");
  }

  private DirectoryStore store() {
    return new DirectoryStore(
        directory(), new LeaseClock(new SetClock(), uptime::get), reports::add);
  }

  private static LeaseRequest request(String node, int last) {
    LeaseRequest.Half half =
        new LeaseRequest.Half(
            POOL,
            Ipv4Address.parse("192.0.2." + last),
            MacAddress.parse("02:00:00:00:00:" + (10 + last)),
            Optional.empty());
    return new LeaseRequest(node, 1, List.of(half));
  }

  private static Lease lease(int number, long expiresAt) {
    return new Lease(
        "node" + number,
        IpPrefix.parse("10.244." + number + ".0/24"),
        Ipv4Address.parse("192.0.2." + number),
        "vxlan",
        1,
        Optional.of(MacAddress.parse("02:00:00:00:00:0" + number)),
        expiresAt);
  }

  private static long hours(long hours) {
    return Duration.ofHours(hours).toMillis();
  }

  private void write(Lease lease) throws IOException {
    write(LeaseFile.nameOf(lease.key()), LeaseFile.write(lease));
  }

  private void write(String name, byte[] content) throws IOException {
    Path fresh = Files.createDirectories(directory()).resolve(".fresh");
    Files.write(fresh, content);
    Files.move(fresh, directory().resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static Map<IpPrefix, Lease> lastGood(Lease... leases) {
    Map<IpPrefix, Lease> all = new HashMap<>();
    for (Lease lease : leases) {
      all.put(lease.subnet(), lease);
    }
    return all;
  }

  private LeaseSnapshot snapshot(int size) throws InterruptedException {
    LeaseSnapshot snapshot = LeaseSnapshot.UNKNOWN;
    while (snapshot.leases().size() != size) {
      snapshot = Optional.ofNullable(snapshots.poll(60, TimeUnit.SECONDS)).orElseThrow();
      assertThat(snapshot.inSync()).isTrue();
    }
    return snapshot;
  }

  private void state(Predicate<StoreState> wanted) throws InterruptedException {
    while (!wanted.test(Optional.ofNullable(states.poll(60, TimeUnit.SECONDS)).orElseThrow())) {
      // An earlier one.
    }
  }

  /** As rm -r does: the files first, each with an event, then the directory. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStoreThatIsRemovedFileByFileTakesNoLease(boolean directoryToo) throws Exception {
    for (int number = 1; number <= 9; number++) {
      write(lease(number, START + hours(20)));
    }
    try (DirectoryStore store = store()) {
      store.watch(snapshots::add, states::add);
      snapshot(9);
      for (int number = 1; number <= 9; number++) {
        Files.delete(directory().resolve(LeaseFile.nameOf(lease(number, 0).key())));
        Thread.sleep(20);
      }
      if (directoryToo) {
        Files.delete(directory());
        state(state -> state.problem().contains("is gone"));
        assertThat(snapshots).isEmpty();
        write(lease(2, START + hours(20)));
        write(lease(3, START + hours(20)));
        LeaseSnapshot left = snapshot(2);
        assertThat(left.leases().keySet())
            .containsExactlyInAnyOrder(lease(2, 0).subnet(), lease(3, 0).subnet());
      } else {
        state(state -> state.problem().contains("has no lease at all"));
      }
      assertThat(snapshots).as("all at once, or none").isEmpty();
    }
  }

  @Test
  void aStoreThatWasThereIsNeitherMadeAnewNorTakenForEmpty() throws Exception {
    try (DirectoryStore store = store()) {
      store.expect(() -> lastGood(lease(1, START), lease(2, START)));
      assertThatThrownBy(() -> store.acquire(request("node1", 1)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is gone: mount it again");
      assertThat(directory()).doesNotExist();
      Files.createDirectories(directory());
      assertThatThrownBy(() -> store.acquire(request("node1", 1)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is it mounted?")
          .hasMessageContaining("--snapshot-dir");
      store.watch(snapshots::add, states::add);
      state(now -> now.problem().contains("is it mounted?"));
      assertThat(snapshots).isEmpty();
      write(lease(2, START + hours(9)));
      state(now -> now.problem().isEmpty());
      snapshot(1);
      assertThat(store.acquire(request("node1", 1)).subnet()).hasToString("10.244.1.0/24");
    }
  }

  @Test
  void aTornFileDropsNobodyAndIsToldUntilItIsWhole() throws Exception {
    write(lease(1, START + hours(9)));
    write("10.244.2.0-24.json", "{\"Publ".getBytes(UTF_8));
    try (DirectoryStore store = store()) {
      store.expect(() -> lastGood(lease(1, START), lease(2, START + hours(9))));
      store.watch(snapshots::add, states::add);
      snapshot(2);
      state(now -> now.notes().toString().contains("10.244.2.0-24.json is passed over"));
      write("10.244.1.0-24.json", new byte[0]);
      state(now -> now.notes().size() == 2);
      write(lease(2, START + hours(9)));
      state(now -> now.notes().size() == 1);
      Files.delete(directory().resolve("10.244.1.0-24.json"));
      snapshot(1);
      state(now -> now.equals(StoreState.GOOD));
    }
  }

  @Test
  void aClockThatIsSetForwardDropsNobodyAndOursLastsByBoth() throws Exception {
    write(lease(2, START + hours(9)));
    try (DirectoryStore store = store()) {
      store.acquire(request("node1", 1));
      store.watch(snapshots::add, states::add);
      snapshot(2);
      wall.addAndGet(hours(30));
      write(lease(3, START + hours(24)));
      snapshot(3);
      assertThat(store.acquire(request("node1", 1)).expiresAt()).isEqualTo(START + hours(54));
      wall.addAndGet(-hours(300));
      assertThat(store.acquire(request("node1", 1)).expiresAt()).isEqualTo(START + hours(24));
      uptime.addAndGet(hours(10));
      wall.set(START + hours(10));
      snapshot(2);
    }
  }

  @Test
  void ifAllOthersHadRunOutAtTheStartTheyAreKeptUntilOneIsRenewed() throws Exception {
    for (int number = 2; number < 5; number++) {
      write(lease(number, START - hours(number)));
    }
    try (DirectoryStore store = store()) {
      store.acquire(request("node1", 1));
      store.watch(snapshots::add, states::add);
      snapshot(4);
      state(now -> now.notes().toString().contains("leases of all 3 other nodes had run out"));
      write(lease(3, START + hours(24)));
      snapshot(2);
      state(now -> now.equals(StoreState.GOOD));
    }
  }

  @Test
  void aClockThatIsBehindDoesNotShortenOurLease() throws Exception {
    write(lease(1, START + hours(20)));
    write(lease(2, START + hours(20)));
    wall.set(0);
    try (DirectoryStore store = store()) {
      assertThat(store.acquire(request("node1", 1)).expiresAt()).isEqualTo(START + hours(20));
    }
    Files.delete(directory().resolve("10.244.2.0-24.json"));
    try (DirectoryStore store = store()) {
      assertThat(store.acquire(request("node1", 1)).expiresAt()).isEqualTo(hours(24));
    }
  }

  @Test
  void aRenamedNodeIsKnownByItsAddressButARunningOneTakesNobodysLease() throws Exception {
    write(lease(7, START + hours(9)));
    try (DirectoryStore store = store()) {
      Lease lease = store.acquire(request("renamed", 7));
      assertThat(lease.subnet()).hasToString("10.244.7.0/24");
      assertThat(reports).singleElement().asString().contains("\"node7\" with our public IP");
      write(lease(7, START + hours(9)));
      assertThat(store.acquire(request("renamed", 7)).subnet()).hasToString("10.244.1.0/24");
    }
  }

  @Test
  void ourLeaseIsKeptAgainstOneThatOverlapsIt() throws Exception {
    write(lease(1, START + hours(9)));
    byte[] wide = LeaseFile.write(lease(9, START + hours(9)));
    write("10.244.0.0-20.json", wide);
    try (DirectoryStore store = store()) {
      assertThat(store.acquire(request("node1", 1)).subnet()).hasToString("10.244.1.0/24");
    }
  }

  @Test
  void whoseLeaseWasReplacedIsRemembered() throws Exception {
    write(lease(1, START + hours(9)));
    try (DirectoryStore store = store()) {
      store.acquire(request("node1", 5));
      assertThat(store.replaced()).contains(lease(1, START + hours(9)));
      store.acquire(request("node1", 5));
      assertThat(store.replaced()).isPresent();
    }
  }
}
