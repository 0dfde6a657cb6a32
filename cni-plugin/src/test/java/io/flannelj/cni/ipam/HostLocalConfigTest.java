package io.flannelj.cni.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.cni.CniError;
import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import io.flannelj.cni.testkit.Calls;
import io.flannelj.cni.testkit.FakeCaller;
import io.flannelj.net.IpAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostLocalConfigTest {
  @TempDir Path root;
  private FakeCaller caller;
  private Calls calls;

  @BeforeEach
  void setUp() {
    caller = new FakeCaller(root);
    calls =
        new Calls(
            caller,
            Calls.attachments(),
            new HostLocal(Calls.attachments(), System::currentTimeMillis));
  }

  @AfterEach
  void tearDown() {
    caller.close();
  }

  private static String conf(String version, String ipam, String more) {
    return "{\"cniVersion\":\"" + version + "\",\"name\":\"n\",\"ipam\":" + ipam + more + "}";
  }

  private List<String> add(String conf) {
    List<String> addresses = new ArrayList<>();
    for (JsonObject ip : calls.result("host-local", "ADD", conf).objects("ips")) {
      addresses.add(ip.textOrEmpty("address"));
    }
    return addresses;
  }

  private String error(String conf) {
    return calls.error("host-local", "ADD", conf).text();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"subnet\":\"192.0.2.0/24\"} | 192.0.2.1-192.0.2.254 | 192.0.2.1",
        "{\"subnet\":\"192.0.2.0/29\"} | 192.0.2.1-192.0.2.6 | 192.0.2.1",
        "{\"subnet\":\"2001:DB8:1::/64\"} | 2001:db8:1::1-2001:db8:1:0:ffff:ffff:ffff:ffff | 2001:db8:1::1",
        "{\"subnet\":\"192.0.2.0/24\",\"rangeStart\":\"192.0.2.40\",\"rangeEnd\":\"192.0.2.50\",\"gateway\":\"192.0.2.254\"} | 192.0.2.40-192.0.2.50 | 192.0.2.254",
        "{\"Subnet\":\"192.0.2.0/24\",\"RangeStart\":\"192.0.2.40\"} | 192.0.2.40-192.0.2.254 | 192.0.2.1",
      })
  void rangesHaveTheReferencesDefaults(String json, String text, String gateway) {
    AddressRange range = AddressRange.of((JsonObject) Json.parse(json));
    assertThat(range.toString()).isEqualTo(text);
    assertThat(range.gateway().toString()).isEqualTo(gateway);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | no IP ranges specified",
        "[[]] | invalid range set 0: empty range set",
        "[[{\"subnet\":\"10.1.2.0/31\"}]] | invalid range set 0: Network 10.1.2.0/31 too small to allocate from",
        "[[{\"subnet\":\"2001:db8::/127\"}]] | invalid range set 0: Network 2001:db8::/127 too small to allocate from",
        "[[{\"subnet\":\"10.1.2.1/24\"}]] | invalid range set 0: Network has host bits set. For a subnet mask of length 24 the network address is 10.1.2.0",
        "[[{\"subnet\":\"10.1.2.0/24\",\"rangeStart\":\"10.1.3.1\"}]] | invalid range set 0: RangeStart 10.1.3.1 not in network 10.1.2.0/24",
        "[[{\"subnet\":\"10.1.2.0/24\",\"rangeEnd\":\"10.1.3.1\"}]] | invalid range set 0: RangeEnd 10.1.3.1 not in network 10.1.2.0/24",
        "[[{\"subnet\":\"10.1.2.0/24\",\"rangeStart\":\"10.1.2.9\",\"rangeEnd\":\"10.1.2.8\"}]] | invalid range set 0: RangeEnd 10.1.2.8 not in network 10.1.2.0/24",
        "[[{\"subnet\":\"10.1.2.0/24\"},{\"subnet\":\"2001:db8::/64\"}]] | invalid range set 0: mixed address families",
        "[[{\"subnet\":\"10.1.2.0/24\"},{\"subnet\":\"10.1.2.128/25\"}]] | invalid range set 0: subnets 10.1.2.1-10.1.2.254 and 10.1.2.129-10.1.2.254 overlap",
        "[[{\"subnet\":\"10.1.4.0/24\"}],[{\"subnet\":\"10.1.2.0/24\"}],[{\"subnet\":\"10.1.2.0/25\"}]] | range set 1 overlaps with 2",
      })
  void badRangesAreRefusedInTheReferencesWords(String ranges, String text) {
    CniError error =
        calls.error("host-local", "ADD", conf("1.0.0", "{\"ranges\":" + ranges + "}", ""));
    assertThat(error.text()).isEqualTo(text);
    assertThat(error.code()).isEqualTo(CniError.INVALID_CONFIG);
  }

  @Test
  void rangesOfTheSameNetworkThatDoNotMeetAreFine() {
    String ipam =
        "{\"ranges\":[[{\"subnet\":\"10.1.2.0/24\",\"rangeEnd\":\"10.1.2.20\"}],"
            + "[{\"subnet\":\"10.1.2.0/24\",\"rangeStart\":\"10.1.2.21\"}]]}";
    assertThat(add(conf("1.0.0", ipam, ""))).containsExactly("10.1.2.2/24", "10.1.2.21/24");
  }

  @Test
  void runtimeRangesComeFirstThenTheFlatOneThenTheList() {
    String ipam = "{\"subnet\":\"10.2.0.0/24\",\"ranges\":[[{\"subnet\":\"10.3.0.0/24\"}]]}";
    String runtime = ",\"runtimeConfig\":{\"ipRanges\":[[{\"subnet\":\"10.1.0.0/24\"}]]}";
    assertThat(add(conf("0.3.1", ipam, runtime)))
        .containsExactly("10.1.0.2/24", "10.2.0.2/24", "10.3.0.2/24");
    assertThat(caller.read("/var/lib/cni/networks/n/last_reserved_ip.0")).isEqualTo("10.1.0.2");
    assertThat(caller.read("/var/lib/cni/networks/n/last_reserved_ip.2")).isEqualTo("10.3.0.2");
  }

  @Test
  void oldVersionsHaveOneAddressOfAFamily() {
    String two = "{\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"10.2.0.0/24\"}]]}";
    assertThat(error(conf("0.2.0", two, "")))
        .isEqualTo("CNI version 0.2.0 does not support more than 1 address per family");
    String dual = "{\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"2001:db8::/64\"}]]}";
    assertThat(calls.result("host-local", "ADD", conf("0.2.0", dual, "")).toCompactText())
        .isEqualTo(
            "{\"cniVersion\":\"0.2.0\",\"ip4\":{\"ip\":\"10.1.0.2/24\",\"gateway\":\"10.1.0.1\"},"
                + "\"ip6\":{\"ip\":\"2001:db8::2/64\",\"gateway\":\"2001:db8::1\"},\"dns\":{}}");
  }

  @Test
  void missingIpamIsNamed() {
    assertThat(error("{\"cniVersion\":\"1.0.0\",\"name\":\"n\"}"))
        .isEqualTo("IPAM config missing 'ipam' key");
  }

  @Test
  void addressesMayBeRequestedInThreePlacesWithAndWithoutPrefix() {
    String ipam =
        "{\"ranges\":[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"10.2.0.0/24\"}],"
            + "[{\"subnet\":\"2001:db8::/64\"}]]}";
    calls.with("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAME=a;IP=10.1.0.88");
    String more =
        ",\"args\":{\"cni\":{\"ips\":[\"10.2.0.77/24\"]}},"
            + "\"runtimeConfig\":{\"ips\":[\"2001:db8::99/64\"]}";
    assertThat(add(conf("1.0.0", ipam, more)))
        .containsExactly("10.1.0.88/24", "10.2.0.77/24", "2001:db8::99/64");
  }

  @Test
  void requestsThatCannotBeMetAreRefused() {
    String ipam = "{\"subnet\":\"10.1.0.0/24\",\"rangeEnd\":\"10.1.0.100\"}";
    String set = " in range set 10.1.0.1-10.1.0.100";
    assertThat(requesting("10.1.0.101", ipam))
        .isEqualTo("failed to allocate all requested IPs: 10.1.0.101");
    assertThat(requesting("10.9.9.9", ipam))
        .isEqualTo("failed to allocate all requested IPs: 10.9.9.9");
    assertThat(caller.exists("/var/lib/cni/networks/n/10.1.0.2")).isFalse();
    assertThat(requesting("10.1.0.1", ipam))
        .isEqualTo("failed to allocate for range 0: requested ip 10.1.0.1 is subnet's gateway");
    caller.write("/var/lib/cni/networks/n/10.1.0.5", "other\r\neth0");
    assertThat(requesting("10.1.0.5", ipam))
        .isEqualTo(
            "failed to allocate for range 0: requested IP address 10.1.0.5 is not available" + set);
    assertThat(requesting("nonsense", ipam)).startsWith("cannot understand ip: ");
    calls.with("CNI_ARGS", "FOO=1");
    assertThat(error(conf("1.0.0", ipam, ""))).isEqualTo("ARGS: unknown args [\"FOO=1\"]");
  }

  private String requesting(String address, String ipam) {
    return error(conf("1.0.0", ipam, ",\"runtimeConfig\":{\"ips\":[\"" + address + "\"]}"));
  }

  @Test
  void aRoundGoesFromTheLastOneThroughAllRanges() {
    RangeSet set =
        new RangeSet(
            List.of(
                AddressRange.of((JsonObject) Json.parse("{\"subnet\":\"10.1.0.0/30\"}")),
                AddressRange.of(
                    (JsonObject)
                        Json.parse("{\"subnet\":\"10.2.0.0/29\",\"gateway\":\"10.2.0.3\"}"))));
    assertThat(round(set, "")).isEqualTo("10.1.0.2 10.2.0.1 10.2.0.2 10.2.0.4 10.2.0.5 10.2.0.6");
    assertThat(round(set, "10.1.0.2"))
        .isEqualTo("10.2.0.1 10.2.0.2 10.2.0.4 10.2.0.5 10.2.0.6 10.1.0.2");
    assertThat(round(set, "10.2.0.6"))
        .isEqualTo("10.1.0.2 10.2.0.1 10.2.0.2 10.2.0.4 10.2.0.5 10.2.0.6");
    assertThat(round(set, "10.2.0.4"))
        .isEqualTo("10.2.0.5 10.2.0.6 10.1.0.2 10.2.0.1 10.2.0.2 10.2.0.4");
    assertThat(round(set, "192.0.2.1"))
        .isEqualTo("10.1.0.2 10.2.0.1 10.2.0.2 10.2.0.4 10.2.0.5 10.2.0.6");
  }

  private static String round(RangeSet set, String last) {
    RangeSet.Walk walk =
        set.walk(last.isEmpty() ? Optional.empty() : Optional.of(IpAddress.parse(last)));
    List<String> all = new ArrayList<>();
    for (Optional<IpAddress> one = walk.next(); one.isPresent(); one = walk.next()) {
      assertThat(walk.range().contains(one.get())).isTrue();
      all.add(one.get().toString());
    }
    return String.join(" ", all);
  }

  @Test
  void resolvConfIsReadWithAllItsFields() {
    String text =
        """
        # comment
        ; another
        nameserver 192.0.2.1
          nameserver 192.0.2.2
        domain first.example
        domain example.com
        search example.com example.org
        options ndots:5
        options debug edns0
        sortlist 1.2.3.4
        nameserver
        """;
    assertThat(ResolvConf.parse(text.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            new io.flannelj.cni.CniResult.Dns(
                List.of("192.0.2.1", "192.0.2.2"),
                "example.com",
                List.of("example.com", "example.org"),
                List.of("ndots:5", "debug", "edns0")));
  }
}
