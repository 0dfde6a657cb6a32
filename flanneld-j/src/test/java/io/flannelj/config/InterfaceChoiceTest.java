package io.flannelj.config;

import static io.flannelj.net.AddressFamily.IPV4;
import static io.flannelj.net.AddressFamily.IPV6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.AddressFamily;
import io.flannelj.net.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class InterfaceChoiceTest {
  private static final List<AddressFamily> DUAL = List.of(IPV4, IPV6);
  private static final Interfaces INTERFACES =
      new Interfaces(
          List.of(
              candidate("eth0", 2, "192.0.2.1", "192.0.2.11", "2001:db8::1", "2001:db8::11"),
              candidate("eth1", 3, "198.51.100.1", "2001:db8:1::1"),
              candidate("old0", 4, "203.0.113.1")),
          Map.of(IPV4, "eth0", IPV6, "eth0"));

  private static Interfaces.Candidate candidate(String name, int index, String... addresses) {
    return new Interfaces.Candidate(
        name, index, 1500, List.of(addresses).stream().map(IpAddress::parse).toList());
  }

  private static InterfaceOptions options(
      List<String> ifaces, List<String> regexes, String publicIp, String publicIpv6) {
    return new InterfaceOptions(
        ifaces,
        regexes,
        Optional.empty(),
        Optional.of(publicIp).filter(text -> !text.isEmpty()).map(IpAddress::parse),
        Optional.of(publicIpv6).filter(text -> !text.isEmpty()).map(IpAddress::parse));
  }

  private static String choose(List<AddressFamily> families, InterfaceOptions options) {
    ExternalInterface found =
        new InterfaceChoice(options, families, INTERFACES).choose(address -> Optional.empty());
    StringBuilder text = new StringBuilder(found.name());
    found
        .endpoints()
        .forEach(end -> text.append(' ').append(end.address()).append('=').append(end.publicIp()));
    return text.toString();
  }

  @Test
  void withoutFlagsTheDefaultRoutesInterfaceServesBothFamilies() {
    InterfaceOptions none = options(List.of(), List.of(), "", "");
    assertThat(choose(DUAL, none)).isEqualTo("eth0 192.0.2.1=192.0.2.1 2001:db8::1=2001:db8::1");
    assertThat(choose(List.of(IPV6), none)).isEqualTo("eth0 2001:db8::1=2001:db8::1");
    assertThat(choose(List.of(IPV4), none)).isEqualTo("eth0 192.0.2.1=192.0.2.1");
  }

  @Test
  void anAddressOfEitherFamilyNamesTheInterface() {
    assertThat(choose(DUAL, options(List.of("2001:db8:1::1"), List.of(), "", "")))
        .isEqualTo("eth1 198.51.100.1=198.51.100.1 2001:db8:1::1=2001:db8:1::1");
    assertThat(choose(DUAL, options(List.of("192.0.2.11"), List.of(), "", "2001:db8::11")))
        .isEqualTo("eth0 192.0.2.11=192.0.2.11 2001:db8::11=2001:db8::11");
  }

  @Test
  void aPublicAddressBehindNatIsAnnouncedAndNotUsedAsSource() {
    assertThat(choose(DUAL, options(List.of("eth1"), List.of(), "203.0.113.9", "2001:db8:9::9")))
        .isEqualTo("eth1 198.51.100.1=203.0.113.9 2001:db8:1::1=2001:db8:9::9");
  }

  @Test
  void aRegexMustMatchAnAddressOfEachFamilyOrTheName() {
    assertThat(choose(DUAL, options(List.of(), List.of("^198\\.|^2001:db8:1:"), "", "")))
        .startsWith("eth1 ");
    assertThat(choose(DUAL, options(List.of(), List.of("^eth1$"), "", ""))).startsWith("eth1 ");
    assertThatThrownBy(() -> choose(DUAL, options(List.of(), List.of("^198\\."), "", "")))
        .hasMessageContaining("no interface matches");
  }

  @Test
  void anInterfaceWithoutAnAddressOfAFamilyIsNamed() {
    assertThatThrownBy(() -> choose(DUAL, options(List.of("old0"), List.of(), "", "")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("interface old0 has no IPv6 address");
  }

  @Test
  void defaultRoutesOverDifferentInterfacesAreNoChoice() {
    Interfaces split = new Interfaces(INTERFACES.all(), Map.of(IPV4, "eth0", IPV6, "eth1"));
    InterfaceChoice choice =
        new InterfaceChoice(options(List.of(), List.of(), "", ""), DUAL, split);
    assertThatThrownBy(() -> choice.choose(address -> Optional.empty()))
        .hasMessageContaining("[eth0, eth1]")
        .hasMessageContaining("--iface");
  }
}
