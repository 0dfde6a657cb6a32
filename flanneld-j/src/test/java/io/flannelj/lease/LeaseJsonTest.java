package io.flannelj.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.net.Ipv4Address;
import io.flannelj.net.Ipv6Address;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseJsonTest {
  private static final String FLANNELS =
      "{\"PublicIP\":\"192.168.64.3\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\","
          + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"c6:d2:32:6f:8f:44\"}}";

  private static Lease read(String json) throws MalformedLeaseException {
    return LeaseJson.read(
        LeaseSubnets.parseKey("10.5.52.0-24"), json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsAndPrintsWhatGoFlannelWritesByteForByte() throws MalformedLeaseException {
    Lease lease = read(FLANNELS);

    assertThat(lease.attributes())
        .isEqualTo(
            LeaseAttributes.ofIpv4(
                Ipv4Address.parse("192.168.64.3"),
                "vxlan",
                "{\"VNI\":1,\"VtepMAC\":\"c6:d2:32:6f:8f:44\"}"));
    assertThat(lease.isReservation()).isTrue();
    assertThat(LeaseJson.print(lease.attributes())).isEqualTo(FLANNELS);
  }

  @Test
  void omitsEmptyMembersAsGoDoes() {
    assertThat(
            LeaseJson.print(
                new LeaseAttributes(
                    Optional.empty(), Optional.of(Ipv6Address.parse("fd00::3")), "", "", "")))
        .isEqualTo("{\"PublicIP\":\"0.0.0.0\",\"PublicIPv6\":\"fd00::3\"}");
  }

  @Test
  void keepsNodeAndExpirationBehindFlannelsMembers() throws MalformedLeaseException {
    Lease lease =
        new Lease(
            LeaseSubnets.parseKey("10.5.52.0-24"),
            read(FLANNELS).attributes(),
            "node \"1\"",
            Instant.parse("2026-11-25T16:00:09Z"));

    String printed = LeaseJson.print(lease);

    assertThat(printed)
        .startsWith(FLANNELS.substring(0, FLANNELS.length() - 1))
        .endsWith(",\"Node\":\"node \\\"1\\\"\",\"Expiration\":\"2026-11-25T16:00:09Z\"}");
    assertThat(read(printed)).isEqualTo(lease);
  }

  @Test
  void takesAnyCaseAnyOrderSpacesAndUnknownMembers() throws MalformedLeaseException {
    Lease lease =
        read(
            """
            { "backendData" : { "VNI" : 1, "x": "a \\" b", "y": [ 1, 2 ] },
              "Something": {"deep": [{}]},
              "publicip" : "192.168.64.3" }
            """);

    assertThat(lease.attributes().backendData())
        .isEqualTo("{\"VNI\":1,\"x\":\"a \\\" b\",\"y\":[1,2]}");
    assertThat(lease.attributes().publicIp()).contains(Ipv4Address.parse("192.168.64.3"));
  }

  @Test
  void keepsABackendDataThatIsAString() throws MalformedLeaseException {
    assertThat(
            read("{\"PublicIP\":\"1.2.3.4\",\"BackendData\":\"echo a b\"}")
                .attributes()
                .backendData())
        .isEqualTo("\"echo a b\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"PublicIP\":\"192.168.64.300\"}|PublicIP: malformed IPv4 address \"192.168.64.300\"",
        "{\"PublicIP\":7}|PublicIP is no string",
        "{\"PublicIPv6\":\"1.2.3.4\"}|PublicIPv6: malformed IPv6 address \"1.2.3.4\"",
        "{\"BackendType\":\"vxlan\"}|PublicIP and PublicIPv6 are both missing",
        "{\"PublicIP\":\"1.2.3.4\",\"Expiration\":\"soon\"}|Expiration: Text 'soon'",
        "[]|it is no JSON object",
        "{\"PublicIP\":\"1.2.3.4\"} x|it is no complete JSON",
        "{\"PublicIP\":\"1.2.3.4\"}{}|something follows the JSON object",
        "nonsense|it is no complete JSON",
      })
  void namesWhatIsMalformed(String json, String expected) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(MalformedLeaseException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void aValueTornAtAnyPlaceIsRefused() {
    for (int length = 0; length < FLANNELS.length(); length++) {
      String torn = FLANNELS.substring(0, length);
      assertThatThrownBy(() -> read(torn)).as(torn).isInstanceOf(MalformedLeaseException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-13-01T00:00:00Z"})
  void refusesTimesThatAreNone(String time) {
    assertThatThrownBy(() -> read("{\"PublicIP\":\"1.2.3.4\",\"Expiration\":\"" + time + "\"}"))
        .isInstanceOf(MalformedLeaseException.class)
        .hasMessageStartingWith("Expiration: ");
  }

  @Test
  void takesTimesWithFractionsAndOffsets() throws MalformedLeaseException {
    assertThat(
            read("{\"PublicIP\":\"1.2.3.4\",\"Expiration\":\"2026-11-25T16:00:09.5Z\"}")
                .expiration())
        .isEqualTo(Instant.parse("2026-11-25T16:00:09.5Z"));
  }
}
