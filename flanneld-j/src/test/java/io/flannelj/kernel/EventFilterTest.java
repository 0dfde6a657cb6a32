package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.desired.DesiredState;
import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.TrafficRules;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkMessage;
import io.flannelj.netlink.NetlinkRequest;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.neighbour.Fdb;
import io.flannelj.netlink.route.neighbour.FdbSpec;
import io.flannelj.netlink.route.neighbour.NeighbourSpec;
import io.flannelj.netlink.route.neighbour.Neighbours;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.testkit.FakeKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Only what makes the kernel differ from the desired state calls for a look at it: not our own
 * changes, and nothing of others that is on their own devices.
 */
class EventFilterTest {
  private static final IpPrefix PEER = IpPrefix.parse("10.244.2.0/24");
  private static final IpAddress GATEWAY = PEER.address();
  private static final MacAddress OWN_MAC = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress PEER_MAC = MacAddress.parse("02:00:00:00:00:02");
  private static final MacAddress OTHER_MAC = MacAddress.parse("02:00:00:00:00:77");
  private static final IpAddress PEER_NODE = IpAddress.parse("192.0.2.2");
  private static final IpAddress ROUTER = IpAddress.parse("192.0.2.254");
  private static final IpPrefix OWN = IpPrefix.parse("10.244.1.0/32");

  private final FakeKernel kernel = new FakeKernel();
  private final DeviceIndex device = new DeviceIndex();
  private final List<NetlinkMessage> told = new ArrayList<>();
  private int uplink;
  private int other;
  private DesiredState desired = state(0);

  @BeforeEach
  void makeAllThatIsDesired() {
    kernel.execute(Links.create("eth0", "dummy"));
    uplink = kernel.link("eth0").orElseThrow().index();
    kernel.execute(Links.setUp(LinkId.of(uplink)));
    kernel.execute(Addresses.add(AddressSpec.of(uplink, IpPrefix.parse("192.0.2.1/24"))));
    kernel.execute(Links.create("other", "dummy"));
    other = kernel.link("other").orElseThrow().index();
    kernel.execute(Links.setUp(LinkId.of(other)));
    desired = state(uplink);
    kernel.subscribe(told::add);
    new VxlanDeviceTable(kernel, device).ensure(desired.device());
    kernel.execute(Addresses.add(AddressSpec.of(device.get(), OWN)));
    kernel.execute(Neighbours.replace(neighbour(PEER_MAC)));
    kernel.execute(Fdb.replace(FdbSpec.remote(device.get(), PEER_MAC, PEER_NODE)));
    kernel.execute(Routes.replace(ours(PEER)));
  }

  private static DesiredState state(int uplink) {
    return new DesiredState(
        Map.of(),
        new VxlanDevice(
            "flannel.1",
            1,
            8472,
            IpAddress.parse("192.0.2.1"),
            "eth0",
            uplink,
            1450,
            OWN_MAC,
            false),
        OWN,
        Map.of(GATEWAY, PEER_MAC),
        Map.of(PEER_MAC, PEER_NODE),
        Map.of(PEER, new RouteTarget.Tunnel(GATEWAY)),
        new TrafficRules(
            IpPrefix.parse("10.244.0.0/16"), IpPrefix.parse("10.244.1.0/24"), true, false, true));
  }

  private NeighbourSpec neighbour(MacAddress mac) {
    return NeighbourSpec.permanent(device.get(), GATEWAY, mac);
  }

  private RouteSpec ours(IpPrefix destination) {
    return RouteSpec.via(destination, destination.address(), device.get())
        .withOnlink()
        .withProtocol(Ownership.PROTOCOL);
  }

  private boolean isNews(NetlinkRequest hand) {
    told.clear();
    kernel.execute(hand);
    assertThat(told).as("%s is notified", hand.operation()).isNotEmpty();
    return told.stream().anyMatch(one -> EventFilter.isNews(one, desired, device.get()));
  }

  @Test
  void whatWeMadeIsNoNews() {
    assertThat(isNews(Routes.replace(ours(PEER)))).isFalse();
    assertThat(isNews(Neighbours.replace(neighbour(PEER_MAC)))).isFalse();
    assertThat(told.stream().filter(one -> EventFilter.isNews(one, desired, device.get())))
        .isEmpty();
  }

  @Test
  void linkWoundsAreNews() {
    LinkId link = LinkId.of(device.get());
    assertThat(isNews(Links.setMtu(link, 1300))).isTrue();
    assertThat(isNews(Links.setMac(link, OTHER_MAC))).isTrue();
    assertThat(isNews(Links.rename(link, "elsewhere"))).isTrue();
    assertThat(isNews(Links.setDown(link))).isTrue();
    assertThat(isNews(Links.delete(link))).isTrue();
    assertThat(isNews(Links.create("flannel.1", "dummy"))).isTrue();
  }

  @Test
  void addressWoundsAreNews() {
    assertThat(isNews(Addresses.delete(device.get(), OWN))).isTrue();
    assertThat(
            isNews(Addresses.add(AddressSpec.of(device.get(), IpPrefix.parse("10.244.99.9/32")))))
        .isTrue();
    assertThat(isNews(Addresses.add(AddressSpec.of(uplink, IpPrefix.parse("192.0.2.9/24")))))
        .isTrue();
  }

  @Test
  void peersWoundsAreNews() {
    assertThat(isNews(Neighbours.replace(neighbour(OTHER_MAC)))).isTrue();
    assertThat(isNews(Neighbours.delete(device.get(), GATEWAY))).isTrue();
    assertThat(isNews(Fdb.delete(FdbSpec.remote(device.get(), PEER_MAC, PEER_NODE)))).isTrue();
    assertThat(isNews(Fdb.replace(FdbSpec.remote(device.get(), OTHER_MAC, PEER_NODE)))).isTrue();
    assertThat(isNews(Routes.replace(RouteSpec.via(PEER, ROUTER, uplink)))).isTrue();
    assertThat(isNews(Routes.replace(ours(IpPrefix.parse("10.244.7.0/24"))))).isTrue();
  }

  @Test
  void aRouteThatIsRightButForOneDetailIsNews() {
    assertThat(isNews(Routes.replace(ours(PEER).withMtu(576)))).isTrue();
    assertThat(isNews(Routes.replace(ours(PEER).withProtocol(3)))).isTrue();
    assertThat(isNews(Routes.replace(ours(PEER)))).isFalse();
  }

  @Test
  void aRouteThatIsGoneIsNewsAndOneThatNobodyWantsIsNot() {
    assertThat(isNews(Routes.delete(ours(PEER)))).isTrue();
    IpPrefix superfluous = IpPrefix.parse("10.244.7.0/24");
    kernel.execute(Routes.replace(ours(superfluous)));
    assertThat(isNews(Routes.delete(ours(superfluous)))).isFalse();
  }

  @Test
  void whatShadowsOursIsNewsWhenItComesAndWhenItGoes() {
    RouteSpec shadow = RouteSpec.via(IpPrefix.parse("10.244.2.128/25"), ROUTER, uplink);
    assertThat(isNews(Routes.add(shadow))).isTrue();
    assertThat(isNews(Routes.delete(shadow))).isTrue();
  }

  @Test
  void theDefaultRouteIsNews() {
    RouteSpec route = RouteSpec.via(IpPrefix.parse("0.0.0.0/0"), ROUTER, uplink);
    assertThat(isNews(Routes.add(route))).isTrue();
    assertThat(isNews(Routes.delete(route))).isTrue();
  }

  @Test
  void whatIsOnOtherDevicesIsNoNews() {
    assertThat(isNews(Links.create("theirs", "dummy"))).isFalse();
    assertThat(isNews(Links.setMtu(LinkId.of(other), 1300))).isFalse();
    assertThat(isNews(Addresses.add(AddressSpec.of(other, IpPrefix.parse("172.31.0.1/24")))))
        .isFalse();
    assertThat(
            isNews(
                Neighbours.add(
                    NeighbourSpec.permanent(other, IpAddress.parse("172.31.0.9"), OTHER_MAC))))
        .isFalse();
    assertThat(isNews(Routes.add(RouteSpec.onDevice(IpPrefix.parse("198.51.100.0/24"), other))))
        .isFalse();
    assertThat(isNews(Routes.add(RouteSpec.onDevice(IpPrefix.parse("10.244.1.9/32"), other))))
        .isFalse();
  }

  @Test
  void forwardingThatIsSwitchedOffOnOursOrEverywhereIsNews() {
    assertThat(isNews(forwarding(device.get(), 0))).isTrue();
    assertThat(isNews(forwarding(-1, 0))).isTrue();
    assertThat(isNews(forwarding(device.get(), 1))).isFalse();
    assertThat(isNews(forwarding(other, 0))).isFalse();
    assertThat(isNews(forwarding(-2, 0))).as("the default of new devices").isFalse();
  }

  private boolean isNews(NetlinkMessage message) {
    return EventFilter.isNews(message, desired, device.get());
  }

  /** include/uapi/linux/netconf.h: family, NETCONFA_IFINDEX, NETCONFA_FORWARDING. */
  private static NetlinkMessage forwarding(int index, int value) {
    ByteBuffer body = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
    body.putInt(2);
    body.putShort((short) 8).putShort((short) 1).putInt(index);
    body.putShort((short) 8).putShort((short) 2).putInt(value);
    return new NetlinkMessage(EventFilter.RTM_NEWNETCONF, 0, 0, 0, body.flip());
  }

  @Test
  void aRouterAdvertisementThatLengthensOurAddressesLifeIsNoNews() {
    IpPrefix own = IpPrefix.parse("2001:db8::1/64");
    IpPrefix another = IpPrefix.parse("2001:db8::77/64");
    VxlanDevice ipv4 = desired.device();
    desired =
        new DesiredState(
            Map.of(),
            new VxlanDevice(
                "flannel-v6.1", 1, 8472, own.address(), "eth0", uplink, 1430, ipv4.mac(), false),
            IpPrefix.parse("fd00:10:244:1::/128"),
            Map.of(),
            Map.of(),
            Map.of(),
            new TrafficRules(
                IpPrefix.parse("fd00:10:244::/48"),
                IpPrefix.parse("fd00:10:244:1::/64"),
                true,
                false,
                true));
    assertThat(isNews(Addresses.add(AddressSpec.of(uplink, own)))).isFalse();
    assertThat(isNews(Addresses.add(AddressSpec.of(uplink, another)))).isTrue();
    assertThat(isNews(Addresses.delete(uplink, own))).isTrue();
    IpPrefix linkLocal = IpPrefix.parse("fe80::1/64");
    assertThat(isNews(Addresses.add(AddressSpec.of(device.get(), linkLocal)))).isFalse();
    assertThat(isNews(Addresses.add(AddressSpec.of(uplink, IpPrefix.parse("192.0.2.7/24")))))
        .as("the other family's, which its own state judges")
        .isFalse();
  }
}
