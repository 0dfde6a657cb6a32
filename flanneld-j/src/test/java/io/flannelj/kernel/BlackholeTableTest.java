package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("netns")
@RequiresRoot
class BlackholeTableTest {
  @ParameterizedTest
  @CsvSource({"10.244.0.0/16, 10.244.1.0/24", "fd00:10:244::/48, fd00:10:244:1::/64"})
  void comesIsKnownAndGoes(String network, String subnet) {
    IpPrefix own = IpPrefix.parse(subnet);
    try (TestNamespace node = new TestNamespace();
        NetlinkSocket route = node.openRoute()) {
      BlackholeTable table = new BlackholeTable(route, () -> IpPrefix.parse(network));
      assertThat(table.apply(Map.of(own, true), Map.of())).isEmpty();
      assertThat(node.run("ip", own.isIpv4() ? "-4" : "-6", "route", "show"))
          .contains("blackhole " + subnet)
          .contains("metric 1024");
      assertThat(table.dumpOwned()).isEqualTo(Map.of(own, true));
      assertThat(table.apply(Map.of(), Map.of(own, true))).isEmpty();
      assertThat(table.dumpOwned()).isEmpty();
    }
  }

  @Test
  void aBridgeWithTheSubnetIsReachedStillAndForeignBlackholesStay() {
    IpPrefix own = IpPrefix.parse("10.244.1.0/24");
    try (TestNamespace node = new TestNamespace();
        NetlinkSocket route = node.openRoute()) {
      node.run("ip", "link", "add", "cni0", "type", "veth", "peer", "name", "far");
      node.run("ip", "link", "set", "far", "up");
      node.run("ip", "address", "add", "10.244.1.1/24", "dev", "cni0");
      node.run("ip", "link", "set", "cni0", "up");
      node.run("ip", "route", "add", "blackhole", "10.244.9.0/24");
      BlackholeTable table = new BlackholeTable(route, () -> IpPrefix.parse("10.244.0.0/16"));
      assertThat(table.apply(Map.of(own, true), Map.of())).isEmpty();
      assertThat(node.run("ip", "route", "get", "10.244.1.7")).contains("dev cni0");
      assertThat(table.dumpOwned()).isEqualTo(Map.of(own, true));
    }
  }
}
