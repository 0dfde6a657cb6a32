package io.flannelj.netlink.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.libc.Errno;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.route.address.AddressSpec;
import io.flannelj.netlink.route.address.Addresses;
import io.flannelj.netlink.route.link.BridgeSpec;
import io.flannelj.netlink.route.link.LinkId;
import io.flannelj.netlink.route.link.LinkInfo;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VethEnd;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.netlink.route.route.RouteFilter;
import io.flannelj.netlink.route.route.RouteSpec;
import io.flannelj.netlink.route.route.Routes;
import io.flannelj.testkit.FakeKernel;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestsTest {
  private final FakeKernel kernel = new FakeKernel();

  @Test
  void aTableThatWasNeverUsedHoldsNothing() {
    RouteFilter main = RouteFilter.all(Rtnetlink.AF_INET).inTable(254);
    assertThat(Routes.show(kernel, main)).isEmpty();
    kernel.failNext(Rtnetlink.RTM_GETROUTE, Errno.ENOBUFS);
    assertThatThrownBy(() -> Routes.show(kernel, main))
        .isInstanceOf(NetlinkException.class)
        .hasMessageContaining("ip route show")
        .hasMessageContaining("ENOBUFS");
  }

  @Test
  void aLinkThatIsNotThereIsNoError() {
    assertThat(Links.show(kernel, LinkId.named("cni0"))).isEmpty();
    kernel.execute(
        Links.createBridge(new BridgeSpec("cni0", Optional.of(new MacAddress(2)), false, true)));
    assertThat(Links.show(kernel, LinkId.named("cni0"))).map(LinkInfo::isUp).contains(true);
    kernel.failNext(Rtnetlink.RTM_GETLINK, Errno.EPERM);
    assertThatThrownBy(() -> Links.show(kernel, LinkId.named("cni0")))
        .hasMessageContaining("ip link show cni0")
        .hasMessageContaining("EPERM");
  }

  @Test
  void errorsSayWhatWasAsked() {
    IpPrefix to = IpPrefix.parse("10.244.2.0/24");
    RouteSpec route = RouteSpec.via(to, IpAddress.parse("10.244.2.0"), 7).withOnlink();
    assertThatThrownBy(() -> kernel.execute(Routes.replace(route)))
        .hasMessage(
            "ip route replace 10.244.2.0/24 via 10.244.2.0 dev index 7 onlink: ENODEV"
                + " (No such device): Nexthop device required for onlink");
    assertThatThrownBy(() -> kernel.execute(Addresses.add(AddressSpec.of(7, to))))
        .hasMessageStartingWith("ip address add 10.244.2.0/24 dev index 7: ENODEV");
  }

  @Test
  void broadcastAddressOnlyWhereThereIsOne() {
    assertThat(AddressSpec.of(1, IpPrefix.parse("10.1.2.3/24")).withBroadcast().broadcast())
        .contains(IpAddress.parse("10.1.2.255"));
    assertThat(AddressSpec.of(1, IpPrefix.parse("10.1.2.3/31")).withBroadcast().broadcast())
        .isEmpty();
    assertThat(AddressSpec.of(1, IpPrefix.parse("fd00::1/64")).withBroadcast().broadcast())
        .isEmpty();
  }

  @Test
  void whatTheKernelCannotDoIsRefusedAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RouteSpec.onDevice(IpPrefix.parse("10.244.2.1/24"), 3))
        .withMessageContaining("10.244.2.1/24");
    assertThatIllegalArgumentException().isThrownBy(() -> LinkId.named("a-name-of-sixteen"));
    assertThatIllegalArgumentException().isThrownBy(() -> LinkId.named("a/b"));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new VxlanSpec(
                    "v", MacAddress.ZERO, 1450, 1 << 24, 0, Optional.empty(), 0, false, false))
        .withMessageContaining("16777216");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Links.createVeth(VethEnd.named("a").withUp(), VethEnd.named("b").withUp()))
        .withMessageContaining("veth peer b");
  }
}
