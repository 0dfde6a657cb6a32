package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.cni.CniResult.Dns;
import io.flannelj.cni.CniResult.Interface;
import io.flannelj.cni.CniResult.Ip;
import io.flannelj.cni.CniResult.Route;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class CniResultTest {
  private static final CniResult FULL =
      new CniResult(
          List.of(
              new Interface("cni0", "00:11:22:33:44:55", 1450, "", "", ""),
              new Interface("eth0", "00:11:22:33:44:66", 0, "/run/netns/a", "/s", "0000:00:1f.6")),
          List.of(
              new Ip(
                  OptionalInt.of(0),
                  IpPrefix.parse("10.1.2.3/24"),
                  Optional.of(IpAddress.parse("10.1.2.1"))),
              new Ip(OptionalInt.empty(), IpPrefix.parse("10.9.9.9/32"), Optional.empty()),
              new Ip(
                  OptionalInt.of(1),
                  IpPrefix.parse("2001:db8::2/64"),
                  Optional.of(IpAddress.parse("2001:db8::1")))),
          List.of(
              new Route(
                  IpPrefix.parse("0.0.0.0/0"),
                  Optional.of(IpAddress.parse("10.1.2.1")),
                  1400,
                  1360,
                  7,
                  OptionalInt.of(0),
                  OptionalInt.of(253)),
              Route.of(IpPrefix.parse("2001:db8:1::/48"), Optional.empty())),
          new Dns(List.of("10.0.0.10"), "local", List.of("svc.local"), List.of("ndots:5")));

  private static final String DNS =
      ",\"dns\":{\"nameservers\":[\"10.0.0.10\"],\"domain\":\"local\","
          + "\"search\":[\"svc.local\"],\"options\":[\"ndots:5\"]}}";
  private static final String ROUTES =
      "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.1.2.1\",\"mtu\":1400,\"advmss\":1360,"
          + "\"priority\":7,\"table\":0,\"scope\":253},{\"dst\":\"2001:db8:1::/48\"}]";

  private static String text(CniResult result, CniVersion version) {
    return result.toJson(version).toCompactText();
  }

  private static CniResult parse(String json, String version) {
    return CniResult.parse((JsonObject) Json.parse(json), CniVersion.parse(version));
  }

  @Test
  void everyVersionHasItsShape() {
    for (CniVersion version : List.of(CniVersion.V1_0_0, CniVersion.V1_1_0)) {
      assertThat(text(FULL, version))
          .isEqualTo(
              "{\"cniVersion\":\""
                  + version
                  + "\",\"interfaces\":[{\"name\":\"cni0\",\"mac\":\"00:11:22:33:44:55\",\"mtu\":1450},"
                  + "{\"name\":\"eth0\",\"mac\":\"00:11:22:33:44:66\",\"sandbox\":\"/run/netns/a\","
                  + "\"socketPath\":\"/s\",\"pciID\":\"0000:00:1f.6\"}],"
                  + "\"ips\":[{\"interface\":0,\"address\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\"},"
                  + "{\"address\":\"10.9.9.9/32\"},"
                  + "{\"interface\":1,\"address\":\"2001:db8::2/64\",\"gateway\":\"2001:db8::1\"}],"
                  + ROUTES
                  + DNS);
    }
    for (CniVersion version : List.of(CniVersion.V0_3_0, CniVersion.V0_3_1, CniVersion.V0_4_0)) {
      assertThat(text(FULL, version))
          .isEqualTo(
              "{\"cniVersion\":\""
                  + version
                  + "\",\"interfaces\":[{\"name\":\"cni0\",\"mac\":\"00:11:22:33:44:55\"},"
                  + "{\"name\":\"eth0\",\"mac\":\"00:11:22:33:44:66\",\"sandbox\":\"/run/netns/a\"}],"
                  + "\"ips\":[{\"version\":\"4\",\"interface\":0,\"address\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\"},"
                  + "{\"version\":\"4\",\"address\":\"10.9.9.9/32\"},"
                  + "{\"version\":\"6\",\"interface\":1,\"address\":\"2001:db8::2/64\",\"gateway\":\"2001:db8::1\"}],"
                  + ROUTES
                  + DNS);
    }
    for (CniVersion version : List.of(CniVersion.V0_1_0, CniVersion.V0_2_0)) {
      assertThat(text(FULL, version))
          .isEqualTo(
              "{\"cniVersion\":\""
                  + version
                  + "\",\"ip4\":{\"ip\":\"10.1.2.3/24\",\"gateway\":\"10.1.2.1\","
                  + "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.1.2.1\"}]},"
                  + "\"ip6\":{\"ip\":\"2001:db8::2/64\",\"gateway\":\"2001:db8::1\","
                  + "\"routes\":[{\"dst\":\"2001:db8:1::/48\"}]}"
                  + DNS);
    }
  }

  @Test
  void emptyDnsIsPrintedByTheOldShapesOnly() {
    CniResult one =
        new CniResult(
            List.of(),
            List.of(new Ip(OptionalInt.empty(), IpPrefix.parse("10.1.2.3/24"), Optional.empty())),
            List.of(),
            Dns.EMPTY);
    assertThat(text(one, CniVersion.V0_4_0)).endsWith(",\"dns\":{}}");
    assertThat(text(one, CniVersion.V0_2_0))
        .isEqualTo("{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.2.3/24\"},\"dns\":{}}");
    assertThat(text(one, CniVersion.V1_0_0))
        .isEqualTo("{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.2.3/24\"}]}");
  }

  @Test
  void eachShapeIsReadAsItIsPrinted() {
    assertThat(CniResult.parse(FULL.toJson(CniVersion.V1_1_0), CniVersion.V1_1_0)).isEqualTo(FULL);
    assertThat(CniResult.parse(FULL.toJson(CniVersion.V1_0_0), CniVersion.V1_1_0)).isEqualTo(FULL);
    CniResult old = CniResult.parse(FULL.toJson(CniVersion.V0_4_0), CniVersion.V0_3_1);
    assertThat(old.toJson(CniVersion.V0_3_1)).isEqualTo(FULL.toJson(CniVersion.V0_3_1));
    CniResult oldest = CniResult.parse(FULL.toJson(CniVersion.V0_2_0), CniVersion.V0_1_0);
    assertThat(oldest.toJson(CniVersion.V0_2_0)).isEqualTo(FULL.toJson(CniVersion.V0_2_0));
    assertThat(oldest.interfaces()).isEmpty();
    assertThat(oldest.ips().get(0).interfaceIndex()).isEmpty();
  }

  @Test
  void withoutAnAddressTheOldestShapeCannotBePrinted() {
    assertThatThrownBy(() -> CniResult.EMPTY.toJson(CniVersion.V0_2_0))
        .isInstanceOf(CniError.class)
        .hasMessage("cannot convert: no valid IP addresses");
  }

  @Test
  void aMissingVersionIsTheConfigurationsAndAnotherShapeIsRefused() {
    assertThat(parse("{\"ip4\":{\"ip\":\"10.1.2.3/24\"}}", "").ips()).hasSize(1);
    assertThat(parse("{\"ips\":[{\"address\":\"10.1.2.3/24\"}]}", "1.0.0").ips()).hasSize(1);
    assertThatThrownBy(() -> parse("{\"cniVersion\":\"0.2.0\"}", "0.3.1"))
        .hasMessage("no converter for CNI result version 0.2.0 to 0.3.1");
    assertThatThrownBy(() -> parse("{\"cniVersion\":\"1.0.0\"}", "0.4.0"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> parse("{\"cniVersion\":\"9.9.9\"}", "1.0.0"))
        .hasMessage("unsupported CNI result version \"9.9.9\"");
  }

  @Test
  void aMalformedAddressIsNamed() {
    assertThatThrownBy(() -> parse("{\"ips\":[{\"address\":\"10.1.2.3\"}]}", "1.0.0"))
        .hasMessageContaining("key \"address\"")
        .hasMessageContaining("10.1.2.3");
    assertThatThrownBy(() -> parse("{\"routes\":[{\"dst\":\"10.0.0.0/8\",\"gw\":\"x\"}]}", "1.0.0"))
        .hasMessageContaining("key \"gw\"");
  }
}
