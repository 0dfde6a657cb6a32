package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.reconcile.Delta;
import io.flannelj.sysctl.Sysctl;
import io.flannelj.testkit.FakeKernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pods' bridge and its ports come back as they were, and foreign ports stay where they are. */
class PodBridgeTest {
  private static final MacAddress MAC = MacAddress.parse("0a:58:0a:f4:01:01");
  private static final IpPrefix GATEWAY = IpPrefix.parse("10.244.1.1/24");
  private static final PodNetwork NETWORK =
      new PodNetwork(List.of(IpPrefix.parse("10.244.1.0/24")), 1450);
  private static final int POD = 70;

  @TempDir private Path sysctls;
  private final FakeKernel kernel = new FakeKernel();
  private final List<NetlinkMessage> told = new ArrayList<>();
  private PodBridge bridge = new PodBridge();

  @BeforeEach
  void attachAPod() {
    kernel.newNamespace(POD);
    kernel.execute(Links.createBridge(new BridgeSpec("cni0", Optional.of(MAC), false, true)));
    kernel.execute(Links.setMtu(LinkId.named("cni0"), 1450));
    kernel.execute(Addresses.add(AddressSpec.of(index("cni0"), GATEWAY)));
    attach("veth1", "eth0");
    bridge.look(kernel, NETWORK);
    kernel.subscribe(told::add);
  }

  private void attach(String name, String inside) {
    kernel.execute(
        Links.createVeth(
            VethEnd.named(name).withMtu(1450).withMaster(index("cni0")).withUp(),
            VethEnd.named(inside).withMtu(1450).inNetns(POD)));
    kernel.execute(Links.setPort(LinkId.of(index(name)), "cni:n/c/eth0", true, false));
  }

  private int index(String name) {
    return kernel.link(name).orElseThrow().index();
  }

  private boolean isNews(NetlinkRequest hand) {
    told.clear();
    kernel.execute(hand);
    return toldNews();
  }

  private boolean toldNews() {
    boolean news = false;
    for (NetlinkMessage message : told) {
      news |= bridge.isNews(message, index -> Links.show(kernel, LinkId.of(index)).isPresent());
    }
    return news;
  }

  private void mend() {
    PodBridgeTable bridges = new PodBridgeTable(kernel, new Sysctl(sysctls), bridge);
    bridge.look(kernel, NETWORK);
    var wanted = bridge.wantedBridge();
    assertThat(bridges.apply(Delta.between(wanted, bridges.dumpOwned()).toPut(), wanted)).isEmpty();
    PodPortTable ports = new PodPortTable(kernel, bridge);
    var pods = bridge.wantedPorts();
    assertThat(ports.apply(Delta.between(pods, ports.dumpOwned()).toPut(), pods)).isEmpty();
  }

  private void isAsItWas() {
    LinkInfo link = kernel.link("cni0").orElseThrow();
    assertThat(link.mac()).isEqualTo(MAC);
    assertThat(link.mtu()).isEqualTo(1450);
    assertThat(link.isUp()).isTrue();
    assertThat(
            kernel.addressList().stream()
                .filter(address -> address.index() == link.index())
                .filter(address -> address.prefix().isIpv4())
                .map(address -> address.prefix()))
        .containsExactly(GATEWAY);
    LinkInfo port = kernel.link("veth1").orElseThrow();
    assertThat(port.master()).isEqualTo(link.index());
    assertThat(port.isUp()).isTrue();
    assertThat(port.port().orElseThrow().hairpin()).isTrue();
  }

  @Test
  void everyChangeOfTheBridgeIsNewsAndMended() {
    LinkId link = LinkId.named("cni0");
    IpPrefix intruder = IpPrefix.parse("10.244.1.77/24");
    List<NetlinkRequest> hands =
        List.of(
            Links.setDown(link),
            Links.setMtu(link, 1300),
            Links.setMac(link, MacAddress.parse("02:00:00:00:00:55")),
            Addresses.delete(index("cni0"), GATEWAY),
            Addresses.add(AddressSpec.of(index("cni0"), intruder)));
    for (NetlinkRequest hand : hands) {
      assertThat(isNews(hand)).as(hand.operation()).isTrue();
      mend();
      isAsItWas();
    }
  }

  @Test
  void aBridgeThatWasDeletedUnderPodsComesBackWithThem() {
    assertThat(isNews(Links.delete(LinkId.named("cni0")))).isTrue();
    mend();
    isAsItWas();
  }

  @Test
  void aStartAfterTheBridgeWasDeletedBringsItBackWithThePodsThatAreRemembered() {
    attach("veth2", "eth1");
    RememberedBridge before = bridge.toRemember().orElseThrow();
    Map<Integer, PodPortFacts> ports = new HashMap<>(before.ports());
    ports.put(index("veth2"), new PodPortFacts("veth2", "", 0, true, false));
    ports.put(9999, new PodPortFacts("veth9", "", 1450, false, false));
    ports.put(index("lo"), new PodPortFacts("veth8", "", 1450, false, false));
    kernel.execute(Links.delete(LinkId.named("cni0")));
    bridge = new PodBridge();
    bridge.recallFrom(
        network ->
            Optional.of(
                new RememberedBridge(before.name(), before.mac(), before.mtu(), true, ports)));
    mend();
    isAsItWas();
    LinkInfo second = kernel.link("veth2").orElseThrow();
    assertThat(second.master()).isEqualTo(index("cni0"));
    assertThat(second.port().orElseThrow().hairpin()).isTrue();
    assertThat(bridge.wantedPorts()).hasSize(2);
  }

  @Test
  void aStartPutsPodsBackOnABridgeThatWasMadeAnewMeanwhile() {
    RememberedBridge before = bridge.toRemember().orElseThrow();
    kernel.execute(Links.delete(LinkId.named("cni0")));
    kernel.execute(
        Links.createBridge(
            new BridgeSpec(
                "cni0", Optional.of(MacAddress.parse("02:00:00:00:00:55")), false, true)));
    kernel.execute(Addresses.add(AddressSpec.of(index("cni0"), GATEWAY)));
    bridge = new PodBridge();
    bridge.recallFrom(network -> Optional.of(before));
    mend();
    isAsItWas();
  }

  @Test
  void aStartWithoutPodsOfBeforeMakesNoBridge() {
    RememberedBridge before = bridge.toRemember().orElseThrow();
    kernel.execute(Links.delete(LinkId.named("veth1")));
    kernel.execute(Links.delete(LinkId.named("cni0")));
    bridge = new PodBridge();
    bridge.recallFrom(network -> Optional.of(before));
    mend();
    assertThat(kernel.link("cni0")).isEmpty();
  }

  @Test
  void aPodTakenOffIsPutBack() {
    assertThat(isNews(Links.setMaster(LinkId.named("veth1"), 0))).isTrue();
    mend();
    isAsItWas();
  }

  @Test
  void aPodAttachedLaterIsKnownByItsNotifications() {
    attach("veth2", "eth1");
    assertThat(toldNews()).as("an ADD is no wound").isFalse();
    assertThat(isNews(Links.setMaster(LinkId.named("veth2"), 0))).isTrue();
    mend();
    assertThat(kernel.link("veth2").orElseThrow().master()).isEqualTo(index("cni0"));
  }

  @Test
  void theDelOfAPodIsNoNewsAndForgetsIt() {
    assertThat(isNews(Links.delete(LinkId.named("veth1")))).isFalse();
    assertThat(bridge.wantedPorts()).isEmpty();
  }

  @Test
  void withoutPodsADeletedBridgeStaysAway() {
    isNews(Links.delete(LinkId.named("veth1")));
    kernel.execute(Links.delete(LinkId.named("cni0")));
    // The comparison may be faster than the notification.
    mend();
    assertThat(kernel.link("cni0")).isEmpty();
    assertThat(bridge.wantedBridge()).isEmpty();
  }

  @Test
  void foreignPortsAndAddressesStayAsTheyAre() {
    kernel.execute(Links.create("tap0", "dummy"));
    kernel.execute(Links.setMaster(LinkId.named("tap0"), index("cni0")));
    assertThat(isNews(Links.setMaster(LinkId.named("tap0"), 0))).isFalse();
    assertThat(
            isNews(Addresses.add(AddressSpec.of(index("cni0"), IpPrefix.parse("172.31.0.1/24")))))
        .isFalse();
    mend();
    assertThat(kernel.link("tap0").orElseThrow().master()).isZero();
    assertThat(kernel.addressList().stream().map(address -> address.prefix()))
        .contains(IpPrefix.parse("172.31.0.1/24"));
  }

  @Test
  void podsWithTheMtuOfBeforeAreCounted() {
    bridge.look(kernel, new PodNetwork(NETWORK.subnets(), 1350));
    assertThat(bridge.portsWithOtherMtu()).isEqualTo(1);
    assertThat(bridge.wantedBridge().values()).allMatch(facts -> facts.mtu() == 1350);
  }

  @Test
  void ourOwnFirstStepIsNotTakenForWhatIsWanted() {
    assertThat(isNews(Links.setMaster(LinkId.of(index("veth1")), 0))).isTrue();
    List<Boolean> remembered = new ArrayList<>();
    kernel.subscribe(
        message -> {
          bridge.isNews(message, index -> true);
          remembered.add(bridge.wantedPorts().values().iterator().next().hairpin());
        });
    mend();
    assertThat(remembered).isNotEmpty().doesNotContain(false);
    kernel.execute(Links.setPort(LinkId.of(index("veth1")), "cni:n/c/eth0", false, false));
    assertThat(remembered).as("what others set is").endsWith(false);
  }
}
