package io.flannelj.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.244.1.0, 10.244.1.0",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "FD00:10:0:0::1, fd00:10::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "fe80::, fe80::",
    "::ffff:10.0.0.1, ::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1, 64:ff9b::a00:1",
  })
  void printsTheTextThatGoAndIpPrint(String text, String canonical) {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.parse(canonical)).isEqualTo(address);
    assertThat(IpAddress.of(address.toBytes())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.0.1.2",
        "10..0.1",
        "a.b.c.d",
        " 10.0.0.1",
        "10.0.0.1 ",
        "1:2:3:4:5:6:7",
        "1::2::3",
        "12345::",
        ":::",
        "1:2:3:4:5:6:7:8:9",
        "fe80::1%eth0",
        "::10.0.0",
        "1:2:3:4:5:6:7::8",
        "10.0.0.1::",
        "\u0661::"
      })
  void namesTheMalformedText(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpAddress.parse(text))
        .withMessageContaining("malformed")
        .withMessageContaining(text.contains(":") ? "IPv" : "IPv4");
  }

  @Test
  void anIpv4MappedAddressStaysIpv6() {
    assertThat(IpAddress.parse("::ffff:10.0.0.1").isIpv4()).isFalse();
  }

  @Test
  void prefixesContainAndOverlap() {
    IpPrefix network = IpPrefix.parse("10.244.0.0/16");
    assertThat(network.contains(IpPrefix.parse("10.244.255.0/24"))).isTrue();
    assertThat(network.contains(IpPrefix.parse("10.0.0.0/8"))).isFalse();
    assertThat(network.overlaps(IpPrefix.parse("10.0.0.0/8"))).isTrue();
    assertThat(network.contains(IpAddress.parse("::a.f4.0.1".replace('.', ':')))).isFalse();
    assertThat(IpPrefix.parse("0.0.0.0/0").contains(IpAddress.parse("1.2.3.4"))).isTrue();
    assertThat(IpPrefix.parse("fd00::/65").contains(IpAddress.parse("fd00::8000:0:0:1"))).isFalse();
    assertThat(IpPrefix.parse("10.1.2.3/24").masked()).hasToString("10.1.2.0/24");
    assertThat(IpPrefix.parse("10.1.2.0/25").last()).hasToString("10.1.2.127");
    assertThat(IpPrefix.parse("::/0").last())
        .hasToString("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "::/1x"})
  void refusesMalformedPrefixes(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
  }

  @Test
  void countsOverTheEndOfAGroup() {
    assertThat(IpAddress.parse("10.0.0.255").plus(1)).hasToString("10.0.1.0");
    assertThat(IpAddress.parse("fd00::ffff:ffff:ffff:ffff").plus(1)).hasToString("fd00:0:0:1::");
    assertThat(IpAddress.parse("fd00:0:0:1::").plus(-1)).hasToString("fd00::ffff:ffff:ffff:ffff");
  }

  @Test
  void macAddressesRoundTrip() {
    MacAddress mac = MacAddress.parse("0A:58:0a:f4:01:02");
    assertThat(mac).hasToString("0a:58:0a:f4:01:02");
    assertThat(MacAddress.of(mac.toBytes())).isEqualTo(mac);
    assertThat(MacAddress.parse("01:00:5e:00:00:01").isUnicast()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MacAddress.parse("0a:58:0a:f4:01"))
        .withMessageContaining("0a:58:0a:f4:01");
    assertThatIllegalArgumentException().isThrownBy(() -> MacAddress.parse("0a-58-0a-f4-01-02"));
  }
}
