package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.testkit.FakeKernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gateways of former subnets go when nobody uses them; everything else stays. */
class FormerGatewaysTest {
  private static final PodNetwork NETWORK =
      new PodNetwork(
          List.of(IpPrefix.parse("10.244.2.0/24"), IpPrefix.parse("fd00:10:244:2::/64")),
          List.of(IpPrefix.parse("10.244.0.0/16"), IpPrefix.parse("fd00:10:244::/48")),
          1450);
  private static final List<String> OURS = List.of("10.244.2.1/24", "fd00:10:244:2::1/64");
  private static final List<String> FORMER = List.of("10.244.1.1/24", "fd00:10:244:1::1/64");
  private static final List<String> OTHERS =
      List.of("10.244.1.9/24", "10.244.0.1/16", "172.31.0.1/24", "10.99.1.1/24");

  private final FakeKernel kernel = new FakeKernel();
  private final PodBridge bridge = new PodBridge();
  private List<String> users = List.of();
  private Map<Integer, String> asked = Map.of();
  private final FormerGateways gateways =
      new FormerGateways(
          kernel,
          bridge,
          (prefix, ports) -> {
            asked = ports;
            return users;
          });

  @BeforeEach
  void makeBridge() {
    kernel.newNamespace(70);
    kernel.execute(Links.createBridge(new BridgeSpec("cni0", Optional.empty(), false, true)));
    kernel.execute(Links.createVeth(VethEnd.named("cni0.100").withUp(), VethEnd.named("vethv")));
    kernel.execute(
        Links.createVeth(
            VethEnd.named("veth1").withMaster(index("cni0")).withUp(),
            VethEnd.named("eth0").inNetns(70)));
    kernel.execute(Links.create("other0", "dummy"));
    OURS.forEach(address -> add("cni0", address));
    OTHERS.forEach(address -> add("cni0", address));
    add("other0", "10.244.9.1/24");
    bridge.look(kernel, NETWORK);
  }

  private int index(String name) {
    return kernel.link(name).orElseThrow().index();
  }

  private void add(String device, String address) {
    kernel.execute(Addresses.add(AddressSpec.of(index(device), IpPrefix.parse(address))));
  }

  private List<String> addresses(String device) {
    return kernel.addressList().stream()
        .filter(address -> address.index() == index(device))
        .map(address -> address.prefix().toString())
        .filter(address -> !address.startsWith("fe80"))
        .toList();
  }

  @Test
  void thoseThatNobodyUsesGoFromTheBridgeAndItsEndsInVlans() {
    FORMER.forEach(address -> add("cni0", address));
    add("cni0.100", "10.244.3.1/24");
    assertThat(gateways.remove()).isEqualTo(3);
    assertThat(addresses("cni0"))
        .containsAll(OURS)
        .containsAll(OTHERS)
        .doesNotContainAnyElementsOf(FORMER);
    assertThat(addresses("cni0.100")).isEmpty();
    assertThat(addresses("other0")).contains("10.244.9.1/24");
    assertThat(gateways.remarks()).isEmpty();
    assertThat(asked).containsValue("veth1");
  }

  @Test
  void oneThatIsUsedStaysIsExplainedAndGoesWithTheLastPod() {
    add("cni0", "10.244.1.1/24");
    users = List.of("10.244.1.7 (eth0 of container abc)");
    assertThat(gateways.remove()).isZero();
    assertThat(addresses("cni0")).contains("10.244.1.1/24");
    assertThat(gateways.remarks())
        .containsExactly(
            "cni0 keeps 10.244.1.1/24, the gateway of a former subnet, for 10.244.1.7 (eth0 of"
                + " container abc): it goes when they are gone; restart them");
    List<NetlinkMessage> told = new ArrayList<>();
    kernel.subscribe(told::add);
    users = List.of();
    kernel.execute(Links.delete(LinkId.named("veth1")));
    assertThat(told.stream().anyMatch(message -> bridge.isNews(message, index -> false)))
        .as("the end of a pod calls for a look")
        .isTrue();
    assertThat(gateways.remove()).isEqualTo(1);
    assertThat(gateways.remarks()).isEmpty();
  }
}
