package io.flannelj.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.backend.vxlan.VxlanSettings;
import io.flannelj.net.IpPrefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetConfReaderTest {
  @Test
  void theShortestConfigurationHasFlannelsDefaults() {
    NetConf conf = NetConfReader.read("{\"Network\": \"10.3.0.0/16\"}");
    SubnetPool pool = conf.ipv4().orElseThrow();
    assertThat(pool.subnetLength()).isEqualTo(24);
    assertThat(pool.subnetMin()).hasToString("10.3.1.0");
    assertThat(pool.subnetMax()).hasToString("10.3.255.0");
    assertThat(conf.ipv6()).isEmpty();
    assertThat(conf.vxlan()).isEqualTo(new VxlanSettings(1, 8472, 0, false, false));
  }

  @Test
  void keysMatchWhateverTheirCase() {
    NetConf conf =
        NetConfReader.read(
            "{\"network\":\"10.244.0.0/16\",\"SUBNETLEN\":26,\"backend\":{\"type\":\"VXLAN\","
                + "\"vni\":7,\"port\":4789,\"mtu\":9000,\"learning\":true,\"directrouting\":true}}");
    assertThat(conf.ipv4().orElseThrow().subnetLength()).isEqualTo(26);
    assertThat(conf.vxlan()).isEqualTo(new VxlanSettings(7, 4789, 9000, true, true));
  }

  @Test
  void ipv6HasFlannelsDefaults() {
    NetConf conf =
        NetConfReader.read(
            "{\"EnableIPv4\":false,\"enableipv6\":true,\"IPv6Network\":\"fc00::/48\"}");
    SubnetPool pool = conf.ipv6().orElseThrow();
    assertThat(conf.ipv4()).isEmpty();
    assertThat(pool.subnetLength()).isEqualTo(64);
    assertThat(pool.subnetMin()).hasToString("fc00:0:0:1::");
    assertThat(pool.subnetMax()).hasToString("fc00:0:0:ffff::");
  }

  @Test
  void aSmallIpv6NetworkIsDividedInFour() {
    NetConf conf =
        NetConfReader.read(
            "{\"Network\":\"10.0.0.0/24\",\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/120\"}");
    SubnetPool pool = conf.ipv6().orElseThrow();
    assertThat(pool.firstSubnet()).hasToString("fd00::40/122");
    assertThat(pool.subnetAfter(pool.firstSubnet())).hasToString("fd00::80/122");
    assertThat(pool.subnetMax()).hasToString("fd00::c0");
    assertThat(pool.accepts(pool.subnetAfter(IpPrefix.parse("fd00::c0/122")))).isFalse();
    assertThat(conf.ipv4().orElseThrow().firstSubnet()).hasToString("10.0.0.64/26");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; Network is missing",
        "[]; not a JSON object",
        "{\"Network\":; net-conf.json:",
        "{\"Network\":\"10.244.0.0\"}; malformed prefix \"10.244.0.0\"",
        "{\"Network\":\"fd00::/48\"}; Network fd00::/48 is IPv6",
        "{\"Network\":\"10.0.0.0/29\"}; Network 10.0.0.0/29 is too small",
        "{\"Network\":\"10.0.0.0/16\",\"SubnetLen\":31}; SubnetLen 31 leaves no pod addresses",
        "{\"Network\":\"10.0.0.0/16\",\"SubnetLen\":17}; SubnetLen 17 is too short for Network",
        "{\"Network\":\"10.0.0.0/16\",\"SubnetMin\":\"10.1.0.0\"}; SubnetMin 10.1.0.0 is not within",
        "{\"Network\":\"10.0.0.0/16\",\"SubnetMax\":\"10.0.9.1\"}; did you mean 10.0.9.0?",
        "{\"Network\":\"10.0.0.0/16\",\"SubnetMin\":\"10.0.9.0\",\"SubnetMax\":\"10.0.8.0\"};"
            + " SubnetMin 10.0.9.0 is above SubnetMax 10.0.8.0",
        "{\"Network\":\"10.0.0.0/16\",\"Backend\":{\"Type\":\"host-gw\"}};"
            + " Backend Type \"host-gw\" is not supported yet",
        "{\"Network\":\"10.0.0.0/16\",\"Backend\":{\"VNI\":10000000}}; Backend VNI 10000000",
        "{\"Network\":\"10.0.0.0/16\",\"Backend\":{\"Port\":65536}}; Backend Port 65536",
        "{\"Network\":\"10.0.0.0/16\",\"Backend\":{\"MTU\":100}}; Backend MTU 100 is too small",
        "{\"Network\":\"10.0.0.0/16\",\"EnableIPv6\":true}; IPv6Network is missing",
        "{\"Network\":\"10.0.0.0/16\",\"EnableIPv4\":false}; leaves no address family",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"10.0.0.0/16\"};"
            + " IPv6Network 10.0.0.0/16 is IPv4; it takes an IPv6 network",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/125\"};"
            + " IPv6Network fd00::/125 is too small",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fe80::/48\"};"
            + " is no network for pods",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"IPv6SubnetLen\":49}; IPv6SubnetLen 49 is too short for IPv6Network fd00::/48",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"IPv6SubnetLen\":127}; IPv6SubnetLen 127 leaves no pod addresses",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"IPv6SubnetMin\":\"fd00:0:0:1::1\"}; did you mean fd00:0:0:1::?",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"IPv6SubnetMax\":\"fd00:0:1::\"}; IPv6SubnetMax fd00:0:1:: is not within",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"Backend\":{\"MTU\":1300}}; Backend MTU 1300 is too small for IPv6",
        "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00::/48\","
            + "\"Backend\":{\"VNI\":10000}}; Backend VNI 10000",
      })
  void aRefusalNamesKeyValueAndRemedy(String text, String words) {
    assertThatThrownBy(() -> NetConfReader.read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(words);
  }
}
