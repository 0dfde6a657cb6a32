package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.Ipv4Address;
import io.flannelj.net.MacAddress;
import io.flannelj.store.directory.LeaseFile;
import io.flannelj.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The uplink of a dual-stack node gets an MTU that has room for IPv4's tunnel only, as by a VPN or
 * a cloud's setting: that is told, and IPv4 goes on.
 */
@Tag("netns")
@RequiresRoot
@Timeout(240)
class SmallUplinkTest {
  private static final String TOLD =
      "not ready yet: IPv6 does not fit through the tunnel: eth0 has an MTU of 1300 bytes, which"
          + " leaves 1230 of at least 1280: ip link set eth0 mtu 1350, or more";

  @TempDir private Path directory;

  /** Only events heal here: the next comparison with the kernel is an hour away. */
  private TestDaemon start(String before) throws IOException {
    String netConf =
        "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/48\"}";
    return new TestDaemon(
        directory.resolve("a"),
        namespace -> List.of("--store-dir=" + directory.resolve("store"), "--audit-seconds=3600"),
        "node1",
        1,
        String.join(
            "\n",
            "echo '" + netConf + "' >" + directory.resolve("a/net-conf.json"),
            "ip -6 address add 2001:db8::1/64 dev eth0 nodad",
            "ip -6 route add default via 2001:db8::fe dev eth0",
            before),
        Map.of());
  }

  private void writePeer() throws IOException {
    Lease peer =
        new Lease(
            "node2",
            IpPrefix.parse("10.244.200.0/24"),
            Ipv4Address.parse("192.0.2.2"),
            "vxlan",
            1,
            Optional.of(MacAddress.parse("02:00:00:00:00:02")),
            System.currentTimeMillis() + 3_600_000);
    Path fresh = directory.resolve("store/.fresh");
    Files.write(fresh, LeaseFile.write(peer));
    Files.move(
        fresh,
        directory.resolve("store").resolve(LeaseFile.nameOf(peer.key())),
        StandardCopyOption.ATOMIC_MOVE);
  }

  /** As the plugin makes it for the first pod. */
  private static void makeBridge(TestDaemon daemon, String subnetEnv) {
    daemon.run("ip link add cni0 mtu 1430 type bridge");
    daemon.run("ip link set cni0 up");
    subnetEnv
        .lines()
        .filter(line -> line.matches("FLANNEL_(IPV6_)?SUBNET=.*"))
        .map(line -> line.replaceFirst(".*=", ""))
        .forEach(gateway -> daemon.run("ip address add " + gateway + " dev cni0"));
  }

  @Test
  void ipv4IsKeptWhileIpv6HasNoRoomAndIpv6ComesBackWithTheMtu() throws Exception {
    try (TestDaemon daemon = start("")) {
      daemon.awaitAllWell();
      String subnetEnv = Files.readString(daemon.subnetEnv());
      makeBridge(daemon, subnetEnv);
      daemon.await("/plan", page -> page.contains("cni0"));

      daemon.run("ip link set eth0 mtu 1300");
      assertThat(daemon.awaitReadyz(TOLD)).contains("503");

      writePeer();
      daemon.awaitRoute("10.244.200.0/24", true);
      daemon.run("ip link delete flannel.1");
      daemon.awaitRoute("10.244.200.0/24", true);
      daemon.run("ip -6 address flush dev flannel-v6.1 scope global");
      daemon.await(
          "/status",
          page -> daemon.run("ip -6 address show dev flannel-v6.1").contains("scope global"));
      assertThat(daemon.run("ip link show flannel.1")).contains("mtu 1250");
      assertThat(daemon.run("ip link show flannel-v6.1")).contains("mtu 1430");
      // Pods get what subnet.env says, and with less than 1280 bytes the bridge would lose IPv6.
      assertThat(daemon.run("ip link show cni0")).contains("mtu 1430");
      assertThat(Files.readString(daemon.subnetEnv())).isEqualTo(subnetEnv);
      assertThat(daemon.page("/status")).contains("node1: not ready", "! " + TOLD.substring(15));

      daemon.run("ip link set eth0 mtu 1500");
      daemon.awaitAllWell();
      assertThat(daemon.run("ip link show flannel.1")).contains("mtu 1450");
    }
  }

  @Test
  void aNodeThatStartsWithItSaysSoAndStartsOnceThereIsRoom() throws Exception {
    try (TestDaemon daemon = start("ip link set eth0 mtu 1300")) {
      assertThat(daemon.awaitReadyz(TOLD)).contains("503");
      assertThat(daemon.subnetEnv()).doesNotExist();
      daemon.run("ip link set eth0 mtu 1400");
      daemon.awaitAllWell();
      assertThat(Files.readString(daemon.subnetEnv())).contains("FLANNEL_MTU=1330");
    }
  }
}
