package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.cni.json.Json;
import io.flannelj.cni.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VlanConfTest {
  private static VlanConf conf(String keys) {
    return VlanConf.of((JsonObject) Json.parse("{" + keys + "}"));
  }

  @Test
  void withoutKeysABridgeStaysAsItIs() {
    assertThat(conf("").isPlain()).isTrue();
    assertThat(conf("").filtering()).isFalse();
    assertThat(conf("\"vlan\":0,\"vlanTrunk\":null").filtering()).isFalse();
    // The reference makes a filtering bridge of this, and changes no port.
    assertThat(conf("\"vlanTrunk\":[]").filtering()).isTrue();
    assertThat(conf("\"vlanTrunk\":[]").isPlain()).isTrue();
  }

  @Test
  void aTrunkIsSortedWithoutRepetitionsAndHasANativeVlan() {
    VlanConf conf = conf("\"vlanTrunk\":[{\"id\":30},{\"minID\":10,\"maxID\":12,\"id\":11}]");
    assertThat(conf.port().tagged()).containsExactly(10, 11, 12, 30);
    assertThat(conf.port().untagged()).isEqualTo(1);
    assertThat(conf.port().keepDefault()).isFalse();
    assertThat(conf.vlan()).isZero();
    VlanConf both = conf("\"vlan\":7,\"preserveDefaultVlan\":true,\"vlanTrunk\":[{\"id\":30}]");
    assertThat(both.port().untagged()).isEqualTo(7);
    assertThat(both.port().keepDefault()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"vlan\":4095'|invalid VLAN ID 4095 (must be between 0 and 4094)",
        "'\"vlan\":-1'|invalid VLAN ID -1 (must be between 0 and 4094)",
        "'\"vlanTrunk\":[{\"id\":0}]'|incorrect trunk id parameter",
        "'\"vlanTrunk\":[{\"minID\":0,\"maxID\":2}]'|incorrect trunk minID parameter",
        "'\"vlanTrunk\":[{\"minID\":2,\"maxID\":4095}]'|incorrect trunk maxID parameter",
        "'\"vlanTrunk\":[{\"minID\":3,\"maxID\":2}]'|minID is greater than maxID in trunk"
            + " parameter",
        "'\"vlanTrunk\":[{\"minID\":3}]'|minID and maxID should be configured simultaneously, maxID"
            + " is missing",
        "'\"vlanTrunk\":[{\"maxID\":3}]'|minID and maxID should be configured simultaneously, minID"
            + " is missing",
      })
  void mistakesAreToldInTheReferencesWords(String keys, String text) {
    assertThatThrownBy(() -> conf(keys)).hasMessage(text);
  }
}
