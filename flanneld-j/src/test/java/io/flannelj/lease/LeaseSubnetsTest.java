package io.flannelj.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseSubnetsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"10.5.52.0-24", "10.5.52.0-24&fd00:10:5::-64", "fd00:10:5::-64", "0.0.0.0-0"})
  void readsAndPrintsFlannelsKeys(String key) throws MalformedLeaseException {
    assertThat(LeaseSubnets.parseKey(key).toKey()).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.5.52.0",
        "10.5.52.0-33",
        "10.5.52.1-24",
        "10.5.52.0/24",
        "10.5.52-24",
        "10.5.52.0-24&",
        "10.5.52.0-24&10.5.53.0-24",
        "fd00::-64&10.5.52.0-24",
        "x10.5.52.0-24",
        "10.5.52.0--24"
      })
  void refusesOtherKeysByName(String key) {
    assertThatThrownBy(() -> LeaseSubnets.parseKey(key))
        .isInstanceOf(MalformedLeaseException.class)
        .hasMessageContaining("\"" + key + "\"");
  }

  @Test
  void overlapsInEitherFamily() throws MalformedLeaseException {
    LeaseSubnets dual = LeaseSubnets.parseKey("10.5.52.0-24&fd00:10:5::-64");
    assertThat(dual.overlaps(LeaseSubnets.parseKey("10.5.52.128-25"))).isTrue();
    assertThat(dual.overlaps(LeaseSubnets.parseKey("fd00:10::-32"))).isTrue();
    assertThat(dual.overlaps(LeaseSubnets.parseKey("10.5.53.0-24&fd00:10:6::-64"))).isFalse();
  }
}
