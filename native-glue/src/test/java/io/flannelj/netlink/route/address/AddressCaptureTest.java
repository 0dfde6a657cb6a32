package io.flannelj.netlink.route.address;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.Rtnetlink.AF_INET6;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_NODAD;
import static io.flannelj.netlink.route.address.AddressConstants.IFA_F_PERMANENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.netlink.route.Captures;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AddressCaptureTest {
  private static AddressInfo answer(String capture, int index) {
    return AddressInfo.of(AddressMessage.decode(Captures.answers(capture).get(index)));
  }

  private static Optional<IpAddress> ip(String text) {
    return Optional.of(IpAddress.parse(text));
  }

  @Test
  void ipv4() {
    IpAddress own = IpAddress.parse("10.244.1.1");
    assertThat(AddressMessage.decode(Captures.request("address-v4")))
        .isEqualTo(
            new AddressMessage(
                new AddressHeader(AF_INET, 24, 0, 0, 6),
                List.of(
                    new AddressAttribute.Local(own),
                    new AddressAttribute.Address(own),
                    new AddressAttribute.Broadcast(IpAddress.parse("10.244.1.255")))));
    AddressMessage answer = AddressMessage.decode(Captures.answers("address-v4").get(0));
    assertThat(answer.find(AddressAttribute.CacheInfo.class).orElseThrow().valid())
        .isEqualTo(AddressAttribute.CacheInfo.FOREVER);
    assertThat(AddressInfo.of(answer))
        .isEqualTo(
            new AddressInfo(
                6,
                IpPrefix.parse("10.244.1.1/24"),
                Optional.empty(),
                ip("10.244.1.255"),
                "cni0",
                IFA_F_PERMANENT,
                0));
    assertThat(answer("address-v4-host", 0).prefix()).isEqualTo(IpPrefix.parse("10.244.1.0/32"));
  }

  @Test
  void ipv4WithPeerAndLifetime() {
    AddressMessage request = AddressMessage.decode(Captures.request("address-v4-peer"));
    assertThat(request.attributes())
        .containsExactly(
            new AddressAttribute.Local(IpAddress.parse("10.3.0.1")),
            new AddressAttribute.Address(IpAddress.parse("10.3.0.2")),
            new AddressAttribute.Label("ext0:1"),
            new AddressAttribute.RoutePriority(5),
            new AddressAttribute.CacheInfo(1800, 3600, 0, 0));
    AddressInfo answer = answer("address-v4-peer", 1);
    assertThat(answer.prefix()).isEqualTo(IpPrefix.parse("10.3.0.1/32"));
    assertThat(answer.peer()).isEqualTo(ip("10.3.0.2"));
    assertThat(answer.label()).isEqualTo("ext0:1");
    assertThat(answer.isPermanent()).isFalse();
  }

  @Test
  void ipv6() {
    assertThat(AddressMessage.decode(Captures.request("address-v6")).header())
        .isEqualTo(new AddressHeader(AF_INET6, 64, IFA_F_NODAD, 0, 3));
    AddressInfo answer = answer("address-v6", 0);
    assertThat(answer.prefix()).isEqualTo(IpPrefix.parse("2001:db8::1/64"));
    assertThat(answer.flags()).isEqualTo(IFA_F_PERMANENT | IFA_F_NODAD);
    AddressMessage linkLocal = AddressMessage.decode(Captures.answers("address-v6").get(1));
    assertThat(AddressInfo.of(linkLocal).isTentative()).isTrue();
    assertThat(linkLocal.find(AddressAttribute.Protocol.class))
        .contains(new AddressAttribute.Protocol(3));
  }
}
