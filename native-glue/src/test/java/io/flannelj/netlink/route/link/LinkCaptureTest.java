package io.flannelj.netlink.route.link;

import static io.flannelj.netlink.route.link.LinkConstants.IFF_BROADCAST;
import static io.flannelj.netlink.route.link.LinkConstants.IFF_MULTICAST;
import static io.flannelj.netlink.route.link.LinkConstants.IF_OPER_DOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.Attributes;
import io.flannelj.netlink.route.Captures;
import io.flannelj.netlink.route.Rtnetlink;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LinkCaptureTest {
  private static final MacAddress VTEP = MacAddress.parse("0a:00:00:00:00:01");

  private static LinkMessage answer(String capture) {
    return LinkMessage.decode(Captures.answers(capture).get(0));
  }

  private static LinkMessage request(String capture) {
    return LinkMessage.decode(Captures.request(capture));
  }

  private static LinkMessage creation(LinkAttribute... attributes) {
    return new LinkMessage(new LinkHeader(Rtnetlink.AF_UNSPEC, 0, 0, 0, 0), List.of(attributes));
  }

  private static LinkAttribute.HardwareAddress mac(String text) {
    return new LinkAttribute.HardwareAddress(MacAddress.parse(text));
  }

  @Test
  void vxlanAsIpAsksForIt() {
    assertThat(request("link-vxlan"))
        .isEqualTo(
            creation(
                new LinkAttribute.Mtu(1450),
                new LinkAttribute.TransmitQueueLength(0),
                new LinkAttribute.HardwareAddress(VTEP),
                new LinkAttribute.Name("flannel.1"),
                new LinkAttribute.Info(
                    List.of(
                        new InfoAttribute.Kind("vxlan"),
                        new InfoAttribute.VxlanData(
                            List.of(
                                new VxlanAttribute.UnderlayLink(3),
                                new VxlanAttribute.Id(1),
                                new VxlanAttribute.Local(IpAddress.parse("192.168.5.1")),
                                new VxlanAttribute.Learning(false),
                                new VxlanAttribute.Port(8472)))))));
  }

  @Test
  void vxlanAsTheKernelDescribesIt() {
    assertThat(LinkInfo.of(answer("link-vxlan")))
        .isEqualTo(
            new LinkInfo(
                4,
                "flannel.1",
                VTEP,
                1450,
                IFF_BROADCAST | IFF_MULTICAST,
                LinkConstants.ARPHRD_ETHER,
                IF_OPER_DOWN,
                0,
                "vxlan",
                0,
                0,
                false,
                "",
                Optional.of(
                    new VxlanInfo(
                        1,
                        8472,
                        3,
                        Optional.of(IpAddress.parse("192.168.5.1")),
                        0,
                        0,
                        false,
                        false,
                        false,
                        false,
                        false,
                        false,
                        false)),
                Optional.empty()));
  }

  @Test
  void everyVxlanAttributeOfIp() {
    LinkMessage request = request("link-vxlan-gbp");
    assertThat(vxlan(request))
        .containsExactly(
            new VxlanAttribute.Ttl(9),
            new VxlanAttribute.Tos(1),
            new VxlanAttribute.Ageing(60),
            new VxlanAttribute.Limit(7),
            new VxlanAttribute.PortRange(1000, 2000),
            new VxlanAttribute.Proxy(true),
            new VxlanAttribute.RouteShortCircuit(true),
            new VxlanAttribute.L2Miss(true),
            new VxlanAttribute.L3Miss(true),
            new VxlanAttribute.ZeroChecksum6Transmit(true),
            new VxlanAttribute.ZeroChecksum6Receive(true),
            new VxlanAttribute.GroupPolicy(),
            new VxlanAttribute.Id(6),
            new VxlanAttribute.Local6(IpAddress.parse("2001:db8::1")),
            new VxlanAttribute.Learning(true),
            new VxlanAttribute.Port(4789));
    assertThat(vxlan(answer("link-vxlan-gbp"))).containsAll(vxlan(request));
    assertThat(LinkInfo.of(answer("link-vxlan-gbp")).vxlan())
        .contains(VxlanInfo.of(vxlan(request)));
  }

  private static List<VxlanAttribute> vxlan(LinkMessage message) {
    List<InfoAttribute> info = message.find(LinkAttribute.Info.class).orElseThrow().attributes();
    return Attributes.find(info, InfoAttribute.VxlanData.class).orElseThrow().attributes();
  }

  @Test
  void bridge() {
    LinkMessage request = request("link-bridge");
    assertThat(request)
        .isEqualTo(
            creation(
                mac("0a:58:0a:f4:01:01"),
                new LinkAttribute.Name("cni0"),
                new LinkAttribute.Info(
                    List.of(
                        new InfoAttribute.Kind("bridge"),
                        new InfoAttribute.BridgeData(
                            List.of(
                                new BridgeAttribute.AgeingTime(20000),
                                new BridgeAttribute.MulticastSnooping(false)))))));
    List<InfoAttribute> info =
        answer("link-bridge").find(LinkAttribute.Info.class).orElseThrow().attributes();
    assertThat(Attributes.find(info, InfoAttribute.BridgeData.class).orElseThrow().attributes())
        .contains(
            new BridgeAttribute.AgeingTime(20000),
            new BridgeAttribute.SpanningTree(0),
            new BridgeAttribute.MulticastSnooping(false));
    assertThat(LinkInfo.of(answer("link-bridge")).kind()).isEqualTo("bridge");
  }

  @Test
  void vethWithItsPeerInside() {
    assertThat(request("link-veth"))
        .isEqualTo(
            creation(
                new LinkAttribute.Mtu(1450),
                mac("02:00:00:00:01:00"),
                new LinkAttribute.Master(6),
                new LinkAttribute.Name("veth1"),
                new LinkAttribute.Info(
                    List.of(
                        new InfoAttribute.Kind("veth"),
                        new InfoAttribute.VethData(
                            List.of(
                                new VethAttribute.Peer(
                                    creation(
                                        new LinkAttribute.Mtu(1450),
                                        mac("02:00:00:00:01:01"),
                                        new LinkAttribute.Name("eth0")))))))));
    LinkInfo veth = LinkInfo.of(answer("link-veth"));
    assertThat(veth.kind()).isEqualTo("veth");
    assertThat(veth.master()).isEqualTo(6);
    assertThat(veth.underlay()).isEqualTo(7);
    assertThat(veth.underlayElsewhere()).isFalse();
  }

  @Test
  void bridgePortInBothItsPlaces() {
    assertThat(request("link-bridge-port").find(LinkAttribute.Info.class).orElseThrow())
        .isEqualTo(
            new LinkAttribute.Info(
                List.of(
                    new InfoAttribute.Kind("bridge_slave"),
                    new InfoAttribute.BridgePortData(
                        List.of(
                            new BridgePortAttribute.Hairpin(true),
                            new BridgePortAttribute.Isolated(true))))));
    LinkInfo port = LinkInfo.of(answer("link-bridge-port"));
    assertThat(port.port()).contains(new BridgePortInfo(0, true, true));
    assertThat(port.alias()).isEqualTo("pod/eth0");
    assertThat(request("link-bridge-family").attributes())
        .containsExactly(
            new LinkAttribute.PortInfo(
                List.of(
                    new BridgePortAttribute.Learning(false),
                    new BridgePortAttribute.NeighbourSuppression(true))));
    assertThat(
            answer("link-bridge-family")
                .find(LinkAttribute.PortInfo.class)
                .orElseThrow()
                .attributes())
        .contains(
            new BridgePortAttribute.Hairpin(true),
            new BridgePortAttribute.Isolated(true),
            new BridgePortAttribute.Learning(false),
            new BridgePortAttribute.NeighbourSuppression(true));
  }

  @Test
  void vlanOfAPortIsAskedForAsBridgeDoes() {
    assertThat(Captures.encode(BridgeVlans.add(8, 5, true).body()))
        .isEqualTo(Captures.encode(request("bridge-vlan")));
    assertThat(BridgeVlans.of(request("bridge-vlan")))
        .containsExactly(
            new BridgeSpecAttribute.VlanInfo(
                LinkConstants.BRIDGE_VLAN_INFO_PVID | LinkConstants.BRIDGE_VLAN_INFO_UNTAGGED, 5));
  }

  @Test
  void aVethWithItsPeerElsewhereSaysSo() {
    LinkInfo link = LinkInfo.of(answer("link-netns"));
    assertThat(link.underlay()).isEqualTo(9);
    assertThat(link.underlayElsewhere()).isTrue();
  }

  @Test
  void aMoveIsADeletionThatNamesTheOtherNamespace() {
    assertThat(Captures.known(answer("link-moved")))
        .contains(new LinkAttribute.NewNetnsId(0), new LinkAttribute.NewIndex(10));
    assertThat(answer("link-moved").find(LinkAttribute.Name.class))
        .contains(new LinkAttribute.Name("gone0"));
  }

  @Test
  void loopback() {
    LinkInfo loopback = LinkInfo.of(answer("link-loopback"));
    assertThat(loopback.isLoopback()).isTrue();
    assertThat(loopback.isUp()).isFalse();
    assertThat(loopback.mtu()).isEqualTo(65536);
    assertThat(loopback.kind()).isEmpty();
    assertThat(loopback.mac()).isEqualTo(MacAddress.ZERO);
  }
}
