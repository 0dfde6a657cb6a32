package io.flannelj.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.store.directory.LeaseFile;
import io.flannelj.store.lastgood.LastGood;
import io.flannelj.store.lastgood.LastGoodFile;
import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a store does to a real daemon: told where one looks for it, and nothing is torn down. */
@Tag("netns")
@RequiresRoot
@Timeout(240)
class StoreFaultsTest {
  private static final long HOUR = 3_600_000;

  @TempDir private Path directory;

  private Path store() {
    return directory.resolve("store");
  }

  private TestDaemon start(String node, int number, String before) throws IOException {
    return new TestDaemon(directory.resolve(node), store(), "node1", number, before, Map.of());
  }

  private static Lease lease(int number) {
    return new Lease(
        "node" + number,
        IpPrefix.parse("10.244." + number + ".0/24"),
        Ipv4Address.parse("192.0.2." + number),
        "vxlan",
        1,
        Optional.of(MacAddress.parse("02:00:00:00:00:0" + number)),
        System.currentTimeMillis() + 12 * HOUR);
  }

  private void write(String file, byte[] content) throws IOException {
    Path fresh = Files.createDirectories(store()).resolve(".fresh");
    Files.write(fresh, content);
    Files.move(fresh, store().resolve(file), StandardCopyOption.ATOMIC_MOVE);
  }

  private void write(Lease lease) throws IOException {
    write(LeaseFile.nameOf(lease.key()), LeaseFile.write(lease));
  }

  /** As an earlier run of the daemon left it. */
  private void writeSnapshot(int... numbers) {
    Map<IpPrefix, Lease> leases = new HashMap<>();
    for (int number : numbers) {
      leases.put(lease(number).subnet(), lease(number));
    }
    try (LastGoodFile file =
        new LastGoodFile(directory.resolve("a/snapshot"), text -> assertThat(text).isEmpty())) {
      String name = "directory " + store();
      file.keep(new LastGood("node1", name, 1, "", lease(numbers[0]), leases));
    }
  }

  /** As in a container without privileges on a node that nobody prepared. */
  @Test
  void aNodeThatDoesNotForwardIsNotReadyAndIsReadyOnceItDoes() throws Exception {
    String readOnly =
        "echo 0 >/proc/sys/net/ipv4/ip_forward; mount --bind /proc/sys /proc/sys;"
            + " mount -o remount,bind,ro /proc/sys";
    try (TestDaemon daemon = start("a", 1, readOnly)) {
      String page = daemon.await("/readyz", text -> text.contains("net/ipv4/ip_forward=1 (now 0)"));
      assertThat(page).contains("503");
      assertThat(daemon.subnetEnv()).doesNotExist();
      daemon.run("sysctl -qw net.ipv4.ip_forward=1");
      daemon.awaitAllWell();
      assertThat(daemon.subnetEnv()).exists();
    }
  }

  static List<Arguments> unwritable() {
    return List.of(
        Arguments.of(
            "read-only", "mount --bind $S $S; mount -o remount,bind,ro $S", "EROFS (Read-only"),
        Arguments.of(
            "full",
            "mount -t tmpfs -o size=16k full /mnt; cp $S/*.json /mnt; mount --bind /mnt $S;"
                + " dd if=/dev/zero of=$S/.fill bs=1k 2>/dev/null || true",
            "No space left on device"),
        Arguments.of(
            "denied",
            "mount -t tmpfs -o mode=700,uid=1 denied /mnt; mount --bind /mnt $S;"
                + " c=-dac_override,-dac_read_search;"
                + " set -- setpriv --bounding-set=$c --inh-caps=$c \"$@\"",
            "EACCES (Permission denied)"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unwritable")
  void aNodeBootsFromItsSnapshotWhereTheStoreCannotBeWritten(
      String fault, String mounts, String text) throws Exception {
    write(lease(1));
    write(lease(7));
    writeSnapshot(1, 7);
    try (TestDaemon daemon = start("a", 1, "S=" + store() + "; " + mounts)) {
      String page = daemon.await("/readyz", ready -> ready.contains("flanneld is ready"));
      assertThat(page).contains("200 OK").contains("store: ").contains(text);
      assertThat(daemon.page("/status")).contains(": ready for ").contains(text);
      daemon.awaitRoute("10.244.7.0/24 via 10.244.7.0 dev flannel.1", true);
      assertThat(Files.readString(daemon.subnetEnv())).contains("FLANNEL_SUBNET=10.244.1.1/24");
    }
  }

  @Test
  void aNodeBootsWithoutItsStoreAndRemovesOnlyOnceItIsBack() throws Exception {
    writeSnapshot(1, 7, 8);
    try (TestDaemon daemon = start("a", 1, "")) {
      String page = daemon.await("/readyz", ready -> ready.contains("flanneld is ready"));
      assertThat(page).contains("not in sync with the store: store directory " + store());
      daemon.awaitRoute("10.244.7.0/24 via 10.244.7.0 dev flannel.1", true);
      daemon.awaitRoute("10.244.8.0/24 via 10.244.8.0 dev flannel.1", true);
      assertThat(store()).doesNotExist();
      Path other = Files.createDirectories(directory.resolve("elsewhere"));
      Files.write(other.resolve(LeaseFile.nameOf(lease(7).key())), LeaseFile.write(lease(7)));
      Files.move(other, store());
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.8.0/24", false);
      assertThat(daemon.run("ip route")).contains("10.244.7.0/24 via 10.244.7.0 dev flannel.1");
      assertThat(store().resolve("10.244.1.0-24.json")).exists();
    }
  }

  /**
   * Mounts a file system at $1 that answers nothing until the file $2 is there; with $3 as soon as
   * that file is there.
   */
  private static final String HANGING =
      """
      import ctypes, os, sys, time
      while len(sys.argv) > 3 and not os.path.exists(sys.argv[3]):
          time.sleep(0.1)
      fuse = os.open('/dev/fuse', os.O_RDWR)
      libc = ctypes.CDLL(None, use_errno=True)
      options = f'fd={fuse},rootmode=40000,user_id=0,group_id=0'.encode()
      if libc.mount(b'hanging', sys.argv[1].encode(), b'fuse', 0, options) != 0:
          sys.exit(os.strerror(ctypes.get_errno()))
      print('mounted', flush=True)
      while not os.path.exists(sys.argv[2]):
          time.sleep(0.1)
      libc.umount2(sys.argv[1].encode(), 2)
      """;

  @Test
  void aNodeBootsFromItsSnapshotWhereTheStoreHangs() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "SKIPPED: this kernel has no FUSE");
    write(lease(1));
    write(lease(7));
    writeSnapshot(1, 7, 8);
    Path program = Files.writeString(directory.resolve("hang.py"), HANGING);
    Path release = directory.resolve("release");
    String mount =
        "mkfifo %1$s/said; setpriv --pdeathsig KILL python3 %1$s/hang.py %2$s %3$s >%1$s/said &"
            + " read -r said <%1$s/said; [ \"$said\" = mounted ]";
    assertThat(program).exists();
    try (TestDaemon daemon = start("a", 1, mount.formatted(directory, store(), release))) {
      String page = daemon.await("/readyz", ready -> ready.contains("flanneld is ready"));
      assertThat(page)
          .contains("200 OK")
          .contains("store directory " + store() + " does not answer within 10 s");
      assertThat(daemon.page("/status")).contains(": ready for ").contains("does not answer");
      daemon.awaitRoute("10.244.7.0/24 via 10.244.7.0 dev flannel.1", true);
      daemon.awaitRoute("10.244.8.0/24 via 10.244.8.0 dev flannel.1", true);
      Files.createFile(release);
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.8.0/24", false);
      daemon.awaitRoute("10.244.7.0/24", true);
    }
  }

  @Test
  void aRunningNodeWhoseStoreHangsSaysSoAndKeepsEverything() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "SKIPPED: this kernel has no FUSE");
    write(lease(7));
    Files.writeString(directory.resolve("hang.py"), HANGING);
    Path release = directory.resolve("release");
    Path begin = directory.resolve("begin");
    String mount =
        "setpriv --pdeathsig KILL python3 %s/hang.py %s %s %s >/dev/null &"
            .formatted(directory, store(), release, begin);
    try (TestDaemon daemon = start("a", 1, mount)) {
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.7.0/24 via 10.244.7.0 dev flannel.1", true);
      Files.createFile(begin);
      String silent = "store directory " + store() + " does not answer within 10 s";
      assertThat(daemon.awaitReadyz("not in sync with the store: " + silent)).contains("200 OK");
      assertThat(daemon.page("/status")).contains(": ready for ").contains(silent);
      // The hanging file system is the daemon's alone.
      write(lease(8));
      Files.delete(store().resolve("10.244.7.0-24.json"));
      // Another address has our lease renewed, which hangs too, and is tried again.
      daemon.run("ip address delete 192.0.2.1/24 dev eth0");
      daemon.run("ip address add 192.0.2.9/24 dev eth0");
      daemon.run("ip route replace default via 192.0.2.254");
      daemon.run("ip route delete 10.244.7.0/24");
      daemon.awaitRoute("10.244.7.0/24 via 10.244.7.0 dev flannel.1", true);
      daemon.awaitLogged("our lease cannot be renewed: " + silent);
      assertThat(daemon.threads())
          .filteredOn(name -> name.matches("lease-watch|lease-guard|store-calls"))
          .containsExactlyInAnyOrder("lease-watch", "lease-guard", "store-calls");
      Files.createFile(release);
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.8.0/24 via 10.244.8.0 dev flannel.1", true);
      daemon.awaitRoute("10.244.7.0/24", false);
    }
  }

  @Test
  void aRunningNodeKeepsEverythingWhateverHappensToTheFiles() throws Exception {
    write(lease(7));
    try (TestDaemon daemon = start("a", 1, "")) {
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.7.0/24", true);
      write("10.244.7.0-24.json", "{\"PublicIP\":\"192.0".getBytes(UTF_8));
      daemon.awaitReadyz("10.244.7.0-24.json is passed over");
      daemon.awaitRoute("10.244.7.0/24", true);
      write(lease(7));
      daemon.awaitAllWell();
      Path away = directory.resolve("away");
      Files.move(store(), away);
      daemon.awaitReadyz("not in sync with the store: store directory " + store() + " is gone");
      Files.createDirectories(store());
      daemon.awaitReadyz("has no lease at all, not even ours; is it mounted?");
      daemon.awaitRoute("10.244.7.0/24", true);
      // Another address has our lease renewed, which would make it the only one.
      Files.createDirectory(store().resolve("lost+found"));
      daemon.run("ip address delete 192.0.2.1/24 dev eth0");
      daemon.run("ip address add 192.0.2.9/24 dev eth0");
      daemon.run("ip route replace default via 192.0.2.254");
      daemon.awaitLogged("our lease cannot be renewed: store directory " + store() + " has no");
      assertThat(store().resolve("10.244.1.0-24.json")).doesNotExist();
      daemon.awaitRoute("10.244.7.0/24", true);
      Files.delete(store().resolve("lost+found"));
      Files.delete(store().resolve(".lock"));
      Files.delete(store());
      Files.move(away, store());
      daemon.awaitAllWell();
      daemon.awaitRoute("10.244.7.0/24", true);
    }
  }

  @Test
  void badLeasesNeverReachTheKernelAndDelayNoOther() throws Exception {
    write(lease(1));
    write(lease(2));
    String good = new String(LeaseFile.write(lease(3)), UTF_8);
    write("10.244.0.0-22.json", good.replace("node3", "node8").getBytes(UTF_8));
    write("10.9.4.0-24.json", good.replace("node3", "node9").getBytes(UTF_8));
    write("10.244.5.0-24.json", good.replace("02:00:00:00:00:03", "02:00:00").getBytes(UTF_8));
    write(
        "10.244.6.0-24.json",
        good.replace("02:00:00:00:00:03", "33:33:00:00:00:03").getBytes(UTF_8));
    write("10.244.7.0-24.json", good.replace("192.0.2.3", "192.0.2.333").getBytes(UTF_8));
    write("10.244.8.0-24.json", good.replace("192.0.2.3", "127.0.0.1").getBytes(UTF_8));
    write("10.244.9.0-24.json", good.replace("192.0.2.3", "192.0.2.1").getBytes(UTF_8));
    write("10.244.10.0-24.json", good.replace("192.0.2.3", "10.244.10.1").getBytes(UTF_8));
    try (TestDaemon daemon = start("a", 1, "")) {
      daemon.awaitRoute("10.244.2.0/24", true);
      write(lease(4));
      daemon.awaitRoute("10.244.4.0/24 via 10.244.4.0 dev flannel.1", true);
      String[] routes = daemon.run("ip route show dev flannel.1").strip().split("\n", -1);
      assertThat(routes).hasSize(2);
      assertThat(daemon.run("bridge fdb show dev flannel.1").strip().split("\n", -1)).hasSize(2);
      assertThat(daemon.run("ip neigh show dev flannel.1").strip().split("\n", -1)).hasSize(2);
      assertThat(daemon.page("/status"))
          .contains("its subnet 10.244.0.0/22 overlaps our own 10.244.1.0/24")
          .contains("10.244.5.0-24.json is passed over")
          .contains("10.244.7.0-24.json is passed over");
    }
  }

  @Test
  void ofTwoDaemonsWithOneNameTheFirstKeepsTheLeaseAndBothSayIt() throws Exception {
    try (TestDaemon first = start("a", 1, "")) {
      first.awaitAllWell();
      try (TestDaemon second = start("b", 2, "")) {
        String page = second.awaitReadyz("another daemon with this node's name");
        assertThat(page).contains("503").contains("192.0.2.1").contains("--node-name");
        page = first.awaitReadyz("another daemon with this node's name");
        assertThat(page).contains("200 OK").contains("192.0.2.2").contains("taken back");
        assertThat(Files.readString(store().resolve("10.244.1.0-24.json"))).contains("192.0.2.1");
      }
    }
  }

  @Test
  void podsOfALostSubnetAreNamedAndKeepTheirRoute() throws Exception {
    writeSnapshot(1, 7);
    write(lease(7));
    Lease taken = lease(8);
    String theirs = new String(LeaseFile.write(taken), UTF_8);
    write("10.244.1.0-24.json", theirs.getBytes(UTF_8));
    String pod =
        "mount -t tmpfs run /run; mkdir -p /run/flannel/attachments/cbr0;"
            + " ip link add cni0 type bridge; ip link set cni0 up;"
            + " ip address add 10.244.1.1/24 dev cni0;"
            + " ip link add veth1 type veth peer name pod1; ip link set veth1 master cni0 up;"
            + " printf 'abc123\\neth0\\nbridge\\n%s\\n0\\nveth1\\n%s\\n'"
            + " $(cat /proc/sys/kernel/random/boot_id) $(ip -o link show veth1 | cut -d: -f1)"
            + " >/run/flannel/attachments/cbr0/10.244.1.5";
    try (TestDaemon daemon = start("a", 1, pod)) {
      String page = daemon.awaitReadyz("addresses of a former subnet");
      assertThat(page).contains("10.244.1.5 (eth0 of container abc123)");
      daemon.await("/status", status -> status.contains("was ours before"));
      daemon.awaitRoute("10.244.7.0/24", true);
      assertThat(daemon.run("ip route show 10.244.1.0/24")).contains("dev cni0");
      assertThat(Files.readString(daemon.subnetEnv())).doesNotContain("10.244.1.1/24");
      daemon.run("ip link delete veth1");
      daemon.awaitAllWell();
    }
  }

  @Test
  void theGatewayOfALostSubnetStaysForPodsOfGoPluginsToo() throws Exception {
    write(lease(7));
    writeSnapshot(1, 7);
    Lease taken = lease(8);
    write("10.244.1.0-24.json", LeaseFile.write(taken));
    Path node = directory.resolve("a");
    String pod =
        "mount -t tmpfs run /run; ip netns add pod; mount -t tmpfs lib /var/lib; mkdir -p /var/lib/cni/networks/cbr0;"
            + " printf 'go1\\r\\neth0' >/var/lib/cni/networks/cbr0/10.244.1.6;"
            + " ip link add cni0 type bridge; ip link set cni0 up;"
            + " ip address add 10.244.1.1/24 dev cni0;"
            + " ip link add vethgo type veth peer name eth0 netns pod; ip link set vethgo master cni0 up;"
            + " printf 'cni0 0a:58:0a:f4:01:01 1500 true\\n%s vethgo 1500 false false\\n'"
            + " $(ip -o link show vethgo | cut -d: -f1) >"
            + node.resolve("bridge");
    try (TestDaemon daemon = start("a", 1, pod)) {
      assertThat(daemon.awaitReadyz("addresses of a former subnet"))
          .contains("10.244.1.6 (eth0 of container go1)");
      daemon.await("/status", page -> page.contains("cni0 keeps 10.244.1.1/24"));
      assertThat(daemon.run("ip route show 10.244.1.0/24")).contains("dev cni0");
      daemon.run("ip link delete vethgo");
      daemon.awaitAllWell();
      daemon.await("/status", page -> !page.contains("10.244.1.1/24") && !page.isEmpty());
      assertThat(daemon.run("ip address show cni0")).doesNotContain("10.244.1.1/24");
    }
  }
}
