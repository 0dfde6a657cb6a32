package io.flannelj.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.backend.vxlan.VxlanSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetConfReaderTest {
  @Test
  void theShortestConfigurationHasFlannelsDefaults() {
    NetConf conf = NetConfReader.read("{\"Network\": \"10.3.0.0/16\"}");
    assertThat(conf.subnetLength()).isEqualTo(24);
    assertThat(conf.subnetMin()).hasToString("10.3.1.0");
    assertThat(conf.subnetMax()).hasToString("10.3.255.0");
    assertThat(conf.vxlan()).isEqualTo(new VxlanSettings(1, 8472, 0, false, false));
  }

  @Test
  void keysMatchWhateverTheirCase() {
    NetConf conf =
        NetConfReader.read(
            "{\"network\":\"10.244.0.0/16\",\"SUBNETLEN\":26,\"backend\":{\"type\":\"VXLAN\","
                + "\"vni\":7,\"port\":4789,\"mtu\":9000,\"learning\":true,\"directrouting\":true}}");
    assertThat(conf.subnetLength()).isEqualTo(26);
    assertThat(conf.vxlan()).isEqualTo(new VxlanSettings(7, 4789, 9000, true, true));
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
        "{\"Network\":\"10.0.0.0/16\",\"EnableIPv6\":true}; EnableIPv6 true is not supported yet",
        "{\"Network\":\"10.0.0.0/16\",\"EnableIPv4\":false}; EnableIPv4 false",
      })
  void aRefusalNamesKeyValueAndRemedy(String text, String words) {
    assertThatThrownBy(() -> NetConfReader.read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(words);
  }
}
