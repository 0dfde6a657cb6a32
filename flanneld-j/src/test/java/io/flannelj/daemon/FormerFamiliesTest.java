package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.desired.TrafficRules;
import io.flannelj.kernel.ForwardTable;
import io.flannelj.kernel.RulesTable;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.nftables.BaseChain;
import io.flannelj.netlink.nftables.Chain;
import io.flannelj.netlink.nftables.ChainName;
import io.flannelj.netlink.nftables.Hook;
import io.flannelj.netlink.nftables.NftBatch;
import io.flannelj.netlink.nftables.NftDump;
import io.flannelj.netlink.nftables.Table;
import io.flannelj.netlink.nftables.TableName;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.testkit.FakeKernel;
import io.flannelj.testkit.FakeNft;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An operator who switches IPv6 off finds nothing of it after the daemon's restart. */
class FormerFamiliesTest {
  private static final String NAME = "flannel-v6.1";
  private static final NetConf IPV4 =
      NetConfReader.read("{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
  private static final NetConf DUAL =
      NetConfReader.read(
          "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":"
              + "\"fd00:10:244::/48\",\"Backend\":{\"Type\":\"vxlan\"}}");

  private final FakeKernel kernel = new FakeKernel();
  private final FakeNft netfilter = new FakeNft();

  private void make(String name, int vni, String local) {
    kernel.execute(
        Links.createVxlan(
            new VxlanSpec(
                name,
                MacAddress.parse("02:00:00:00:00:01"),
                1430,
                vni,
                0,
                Optional.of(IpAddress.parse(local)),
                8472,
                false,
                false)));
  }

  @Test
  void theDeviceOfAFamilyThatWasSwitchedOffGoesAndTheOthersStay() {
    make(NAME, 1, "2001:db8::11");
    make("flannel.1", 1, "192.0.2.11");
    FormerFamilies.remove(kernel, netfilter, DUAL);
    assertThat(kernel.link(NAME)).isPresent();
    FormerFamilies.remove(kernel, netfilter, IPV4);
    assertThat(kernel.link(NAME)).isEmpty();
    assertThat(kernel.link("flannel.1")).isPresent();
  }

  @Test
  void aForeignDeviceOfThatNameStays() {
    make(NAME, 7, "2001:db8::11");
    FormerFamilies.remove(kernel, netfilter, IPV4);
    assertThat(kernel.link(NAME)).isPresent();
    kernel.execute(Links.delete(kernel.link(NAME).orElseThrow().id()));
    kernel.execute(Links.create(NAME, "dummy"));
    FormerFamilies.remove(kernel, netfilter, IPV4);
    assertThat(kernel.link(NAME)).isPresent();
  }

  private static TrafficRules rules(String network) {
    IpPrefix whole = IpPrefix.parse(network);
    return new TrafficRules(whole, whole, true, false, true);
  }

  @Test
  void theTableOfAFamilyThatWasSwitchedOffGoesAndTheOtherStays() {
    TrafficRules ipv4 = rules("10.244.0.0/16");
    TrafficRules ipv6 = rules("fd00:10:244::/48");
    new RulesTable(netfilter).apply(Map.of("4", ipv4), Map.of());
    new RulesTable(netfilter).apply(Map.of("6", ipv6), Map.of());
    new NftBatch().add(Table.of(TableName.ip6("theirs"))).run(netfilter.foreign());
    FormerFamilies.remove(kernel, netfilter, DUAL);
    assertThat(netfilter.tables()).hasSize(3);
    FormerFamilies.remove(kernel, netfilter, IPV4);
    assertThat(netfilter.tables())
        .containsExactlyInAnyOrder(TableName.ip("flannel-ipv4"), TableName.ip6("theirs"));
    assertThat(new RulesTable(netfilter).isInKernel(ipv4)).isTrue();
    FormerFamilies.remove(
        kernel,
        netfilter,
        NetConfReader.read(
            "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00:10:244::/48\"}"));
    assertThat(netfilter.tables()).containsExactly(TableName.ip6("theirs"));
  }

  @Test
  void ourRulesInAForeignChainGoAndTheChainStays() {
    ChainName chain = TableName.ip6("filter").chain("FORWARD");
    new NftBatch()
        .add(Table.of(chain.table()))
        .add(Chain.base(chain, BaseChain.filter(Hook.FORWARD, BaseChain.PRIORITY_FILTER)))
        .run(netfilter.foreign());
    new ForwardTable(netfilter).apply(Map.of("6", rules("fd00:10:244::/48")), Map.of());
    NftDump dump = new NftDump(netfilter);
    assertThat(dump.rules(chain)).hasSize(2);
    FormerFamilies.remove(kernel, netfilter, IPV4);
    assertThat(dump.rules(chain)).isEmpty();
    assertThat(dump.chain(chain)).isPresent();
  }
}
