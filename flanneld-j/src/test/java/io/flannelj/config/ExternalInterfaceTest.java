package io.flannelj.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import io.flannelj.net.Ipv4Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which interface carries the tunnel, in flannel's order of means. */
class ExternalInterfaceTest {
  private static final Interfaces NODE =
      new Interfaces(
          List.of(
              candidate("lo", 1, 65536, "127.0.0.1"),
              candidate("eth0", 2, 1500, "192.0.2.10", "192.0.2.11"),
              candidate("eth1", 3, 9000, "10.9.0.10"),
              candidate("enp3s0", 4, 1400)),
          Map.of(AddressFamily.IPV4, "eth0"));

  private final Wishes wishes = new Wishes();

  @Test
  void withoutFlagsItIsTheDefaultRoutes() {
    assertThat(choose()).isEqualTo(external("eth0", 2, 1500, "192.0.2.10", "192.0.2.10"));
  }

  @Test
  void withoutDefaultRouteTheRemedyAndTheCandidatesAreNamed() {
    Interfaces isolated = new Interfaces(NODE.all(), Map.of());
    assertThatThrownBy(() -> choose(isolated))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no IPv4 default route")
        .hasMessageContaining("--iface")
        .hasMessageContaining("eth1 [10.9.0.10]");
  }

  @Test
  void firstIfaceThatMatchesWinsByNameOrAddress() {
    wishes.ifaces = List.of("eth9", "10.9.0.99", "eth1", "eth0");
    assertThat(choose().name()).isEqualTo("eth1");
    wishes.ifaces = List.of("192.0.2.11");
    assertThat(choose()).isEqualTo(external("eth0", 2, 1500, "192.0.2.11", "192.0.2.11"));
  }

  @Test
  void ifaceGoesBeforeRegexAndRegexBeforeCanReach() {
    wishes.canReach = Optional.of(ip("198.51.100.1"));
    wishes.regexes = List.of("^eth1$");
    wishes.ifaces = List.of("eth0");
    assertThat(choose().name()).isEqualTo("eth0");
    wishes.ifaces = List.of("eth9");
    assertThat(choose().name()).isEqualTo("eth1");
    wishes.regexes = List.of("^wlan");
    assertThat(choose()).isEqualTo(external("lo", 1, 65536, "203.0.113.5", "203.0.113.5"));
  }

  @Test
  void regexLooksAtAddressesFirst() {
    // eth0 comes first and matches by name, but eth1 by address.
    wishes.regexes = List.of("^10\\.9\\.|^eth0");
    assertThat(choose().name()).isEqualTo("eth1");
    wishes.regexes = List.of("192\\.0\\.2\\.11");
    assertThat(choose().endpoint(AddressFamily.IPV4).address()).isEqualTo(ip("192.0.2.11"));
    wishes.regexes = List.of("eth[01]");
    assertThat(choose().name()).isEqualTo("eth0");
  }

  @Test
  void regexThatIsNoneIsNamed() {
    wishes.regexes = List.of("eth[");
    assertThatThrownBy(this::choose)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--iface-regex \"eth[\"");
  }

  @Test
  void whereNothingMatchesEveryWishAndEveryCandidateIsNamed() {
    wishes.ifaces = List.of("eth9");
    wishes.regexes = List.of("^wlan");
    assertThatThrownBy(this::choose)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("eth9")
        .hasMessageContaining("^wlan")
        .hasMessageContaining("eth0 [192.0.2.10, 192.0.2.11]");
  }

  @Test
  void interfaceWithoutAddressIsRefusedByName() {
    wishes.ifaces = List.of("enp3s0");
    assertThatThrownBy(this::choose)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("interface enp3s0 has no IPv4 address");
  }

  @Test
  void publicIpAloneMustBeLocal() {
    wishes.publicIp = Optional.of(ip("10.9.0.10"));
    assertThat(choose()).isEqualTo(external("eth1", 3, 9000, "10.9.0.10", "10.9.0.10"));
    wishes.publicIp = Optional.of(ip("198.51.100.7"));
    assertThatThrownBy(this::choose)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no interface has --public-ip 198.51.100.7")
        .hasMessageContaining("behind NAT name the interface too, with --iface");
  }

  @Test
  void behindNatTheTunnelLeavesFromTheInterfacesOwnAddress() {
    wishes.publicIp = Optional.of(ip("198.51.100.7"));
    wishes.ifaces = List.of("eth1");
    assertThat(choose()).isEqualTo(external("eth1", 3, 9000, "10.9.0.10", "198.51.100.7"));
  }

  private ExternalInterface choose() {
    return choose(NODE);
  }

  private ExternalInterface choose(Interfaces interfaces) {
    return new InterfaceChoice(wishes.options(), List.of(AddressFamily.IPV4), interfaces)
        .choose(
            target ->
                target.equals(ip("198.51.100.1"))
                    ? Optional.of(candidate("lo", 1, 65536, "203.0.113.5"))
                    : Optional.empty());
  }

  private static ExternalInterface external(
      String name, int index, int mtu, String address, String publicIp) {
    return new ExternalInterface(
        name, index, mtu, List.of(new ExternalInterface.Endpoint(ip(address), ip(publicIp))));
  }

  private static Interfaces.Candidate candidate(
      String name, int index, int mtu, String... addresses) {
    return new Interfaces.Candidate(
        name, index, mtu, List.of(addresses).stream().map(ExternalInterfaceTest::ip).toList());
  }

  private static IpAddress ip(String text) {
    return Ipv4Address.parse(text);
  }

  /** What the command line asks for. */
  private static final class Wishes {
    private List<String> ifaces = List.of();
    private List<String> regexes = List.of();
    private Optional<IpAddress> canReach = Optional.empty();
    private Optional<IpAddress> publicIp = Optional.empty();

    InterfaceOptions options() {
      return new InterfaceOptions(ifaces, regexes, canReach, publicIp, Optional.empty());
    }
  }
}
