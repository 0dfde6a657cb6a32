package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * On the rulesets that firewalld 1.3.3 of Debian 12 has made, as {@code nft list ruleset} printed
 * them: {@code firewalld.nft} by default, {@code -sources} with both networks in the zone trusted
 * and the port in public, {@code -interfaces} with cni0 and flannel.1 instead of the networks.
 */
@Tag("netns")
@RequiresRoot
class FirewalldTest {
  private static final String PODS =
      "firewalld rejects what it does not know, pods' packets too: firewall-cmd --permanent"
          + " --zone=trusted --add-source=10.244.0.0/16; firewall-cmd --reload";
  private static final String PORT =
      "firewalld rejects UDP 8472 on eth0, by which the tunnel's packets come: firewall-cmd"
          + " --permanent --add-port=8472/udp; firewall-cmd --reload";

  @TempDir private Path directory;
  private TestNamespace node;
  private NetlinkSocket netfilter;

  @BeforeEach
  void open() {
    node = new TestNamespace();
    netfilter = node.namespace().call(() -> NetlinkSocket.open(NetlinkFamily.NETFILTER));
  }

  @AfterEach
  void close() {
    netfilter.close();
    node.close();
  }

  private List<String> under(String ruleset) throws IOException {
    Path file = directory.resolve("ruleset");
    try (var in = FirewalldTest.class.getResourceAsStream(ruleset)) {
      Files.write(file, Objects.requireNonNull(in, ruleset).readAllBytes());
    }
    node.run("nft", "-f", file.toString());
    return obstacles("10.244.0.0/16");
  }

  private List<String> obstacles(String network) {
    return node.namespace().call(() -> new ForeignFirewall(netfilter).obstacles(state(network)));
  }

  private static DesiredState state(String network) {
    IpPrefix whole = IpPrefix.parse(network);
    VxlanDevice device =
        new VxlanDevice(
            "flannel.1",
            1,
            8472,
            IpAddress.parse("192.0.2.1"),
            "eth0",
            2,
            1450,
            MacAddress.parse("02:00:00:00:00:01"),
            false);
    return new DesiredState(
        Map.of(),
        device,
        whole.address().toHostPrefix(),
        Map.of(),
        Map.of(),
        Map.of(),
        new TrafficRules(whole, whole, true, true, true));
  }

  @Test
  void whereItKnowsNothingOfPodsBothCommandsAreNamed() throws IOException {
    assertThat(under("firewalld.nft")).containsExactly(PODS, PORT);
  }

  @Test
  void theTrustedZoneAndAnOpenPortAreEnough() throws IOException {
    assertThat(under("firewalld-sources.nft")).isEmpty();
    assertThat(obstacles("fd00:10:244::/48")).isEmpty();
    assertThat(obstacles("10.0.0.0/8")).as("a network that is larger than the zone").hasSize(1);
  }

  @Test
  void soAreTheDevices() throws IOException {
    assertThat(under("firewalld-interfaces.nft")).isEmpty();
    assertThat(obstacles("fd00:10:244::/48")).as("devices carry both families").isEmpty();
  }

  @Test
  void aZoneThatDoesNotAcceptIsNoHelp() throws IOException {
    assertThat(under("firewalld.nft")).hasSize(2);
    node.sh(
        "nft insert rule inet firewalld filter_FORWARD_ZONES ip saddr 10.244.0.0/16 goto"
            + " filter_FWD_public");
    assertThat(obstacles("10.244.0.0/16")).contains(PODS);
  }

  @Test
  void theZoneOfTheOtherNodesMayTakeThePort() throws IOException {
    assertThat(under("firewalld-sources.nft")).isEmpty();
    node.sh("nft flush chain inet firewalld filter_IN_public_allow");
    assertThat(obstacles("10.244.0.0/16")).containsExactly(PORT);
    node.sh(
        "nft insert rule inet firewalld filter_INPUT_ZONES ip saddr 192.0.2.0/24 goto"
            + " filter_IN_trusted");
    assertThat(obstacles("10.244.0.0/16")).isEmpty();
  }
}
