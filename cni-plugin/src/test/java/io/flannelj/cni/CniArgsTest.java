package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CniArgsTest {
  private static final List<String> KNOWN = List.of("IP", "MAC");

  @Test
  void pairsAreRead() {
    CniArgs args = CniArgs.parse("IP=10.1.2.3/24;MAC=0a:58:00:00:00:01", KNOWN);
    assertThat(args.find("IP")).contains("10.1.2.3/24");
    assertThat(args.find("MAC")).contains("0a:58:00:00:00:01");
    assertThat(args.find("ip")).isEmpty();
    assertThat(CniArgs.parse("", KNOWN).values()).isEmpty();
    assertThat(CniArgs.parse("IP=", KNOWN).find("IP")).isEmpty();
  }

  @Test
  void malformedPairsAreRefused() {
    for (String bad : List.of("IP", "IP=1=2", "IP=1;", ";IP=1", "=", "IP=1;;MAC=2")) {
      if (!bad.equals("=")) {
        assertThatThrownBy(() -> CniArgs.parse(bad, KNOWN))
            .as(bad)
            .isInstanceOf(CniError.class)
            .hasMessageContaining("ARGS: invalid pair \"");
      }
    }
  }

  @Test
  void unknownKeysNeedIgnoreUnknown() {
    assertThatThrownBy(() -> CniArgs.parse("IP=1;FOO=2;BAR=3", KNOWN))
        .hasMessageContaining("ARGS: unknown args [\"FOO=2\" \"BAR=3\"]");
    assertThatThrownBy(() -> CniArgs.parse("ip=1;IgnoreUnknown=0", KNOWN))
        .hasMessageContaining("unknown args");
    for (String yes : List.of("1", "true", "True", "TRUE")) {
      assertThat(CniArgs.parse("FOO=2;IgnoreUnknown=" + yes + ";IP=1", KNOWN).find("IP"))
          .contains("1");
    }
    assertThatThrownBy(() -> CniArgs.parse("IgnoreUnknown=maybe", KNOWN))
        .isInstanceOf(CniError.class)
        .hasMessageContaining("invalid input maybe");
  }
}
