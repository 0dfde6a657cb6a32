package io.flannelj.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DesiredStateTest {
  private static final LinkName FLANNEL = new LinkName("flannel.1");

  private static DesiredState.Builder route(DesiredState.Builder state, String to, String via) {
    return state.put(
        DesiredTable.ROUTES,
        RouteKey.to(IpPrefix.parse(to)),
        RouteSpec.onlink(FLANNEL, IpAddress.parse(via)));
  }

  @Test
  void printsInTheOrderOfApplicationAndByAddress() {
    DesiredState.Builder state = DesiredState.builder();
    route(state, "10.244.10.0/24", "10.244.10.0");
    route(state, "10.244.9.0/24", "10.244.9.0");
    state.put(
        DesiredTable.NEIGHBOURS,
        new NeighbourKey(FLANNEL, IpAddress.parse("10.244.9.0")),
        NeighbourSpec.permanent(MacAddress.parse("0a:00:00:00:00:09")));

    assertThat(state.build().toCommands())
        .containsExactly(
            "ip neighbour replace 10.244.9.0 lladdr 0a:00:00:00:00:09 dev flannel.1"
                + " nud permanent proto 102",
            "ip route replace 10.244.9.0/24 via 10.244.9.0 dev flannel.1 proto 102 onlink",
            "ip route replace 10.244.10.0/24 via 10.244.10.0 dev flannel.1 proto 102 onlink");
  }

  @Test
  void printsTheDifferenceOfTwoStates() {
    DesiredState before =
        route(
                route(DesiredState.builder(), "10.244.2.0/24", "10.244.2.0"),
                "10.244.3.0/24",
                "10.244.3.0")
            .put(
                DesiredTable.FDB,
                new FdbKey(FLANNEL, MacAddress.parse("0a:00:00:00:00:03")),
                FdbSpec.to(IpAddress.parse("192.168.64.3")))
            .build();
    DesiredState after =
        route(DesiredState.builder(), "10.244.2.0/24", "10.244.2.0")
            .put(
                DesiredTable.FDB,
                new FdbKey(FLANNEL, MacAddress.parse("0a:00:00:00:00:04")),
                FdbSpec.to(IpAddress.parse("192.168.64.3")))
            .build();

    assertThat(DesiredChange.between(before, after).toCommands())
        .containsExactly(
            "bridge fdb replace 0a:00:00:00:00:04 dev flannel.1 dst 192.168.64.3 self permanent",
            "ip route del 10.244.3.0/24 via 10.244.3.0 dev flannel.1 proto 102 onlink",
            "bridge fdb del 0a:00:00:00:00:03 dev flannel.1 self");
    assertThat(DesiredChange.between(before, before).isEmpty()).isTrue();
  }

  @Test
  void keysAreNormalisedAsTheKernelKeepsThem() {
    assertThat(RouteKey.to(IpPrefix.parse("fd00::1/64")))
        .isEqualTo(new RouteKey(IpPrefix.parse("fd00::/64"), 1024))
        .hasToString("fd00::/64");
    assertThat(new RouteKey(IpPrefix.parse("10.1.0.0/16"), 5)).hasToString("10.1.0.0/16 metric 5");
  }

  @Test
  void sysctlsOfADeviceStandOnIt() {
    assertThat(
            DesiredTable.LINK_SYSCTLS.link(new SysctlKey("net/ipv6/conf/flannel.1/accept_ra"), "0"))
        .isEqualTo(Optional.of(FLANNEL));
    assertThat(DesiredTable.SYSCTLS.link(new SysctlKey("net/ipv4/ip_forward"), "1")).isEmpty();
  }

  @Test
  void refusesDeviceNamesThatTheKernelRefuses() {
    for (String name : List.of("", "a/b", "a b", "flannel.16777215", ".", "a:b")) {
      assertThatThrownBy(() -> new LinkName(name)).hasMessageContaining("\"" + name + "\"");
    }
    assertThat(new LinkName("flannel.1677721")).hasToString("flannel.1677721");
  }
}
