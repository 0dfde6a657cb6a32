package io.flannelj.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NetConfTest {
  private static NetConf conf(String members) {
    return NetConf.parse(("{\"name\":\"net\"," + members + "}").getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void keysInAnyCaseAreRead() {
    NetConf conf =
        conf(
            "\"CniVersion\":\"0.4.0\",\"TYPE\":\"bridge\",\"RuntimeConfig\":{\"MAC\":\"x\"},"
                + "\"IPAM\":{\"Type\":\"host-local\"},\"args\":{\"cni\":{\"ips\":[\"10.1.1.1\"]}}");
    assertThat(conf.version()).isEqualTo(CniVersion.V0_4_0);
    assertThat(conf.type()).isEqualTo("bridge");
    assertThat(conf.ipamType()).isEqualTo("host-local");
    assertThat(conf.runtimeConfig().text("mac")).contains("x");
    assertThat(conf.args().texts("ips")).containsExactly("10.1.1.1");
  }

  @Test
  void argsOfAnotherShapeAreNobodysBusiness() {
    assertThat(conf("\"args\":\"text\"").args().members()).isEmpty();
    assertThat(conf("\"args\":{\"cni\":[1]}").args().members()).isEmpty();
    assertThat(conf("\"args\":{\"org.x\":{\"a\":1}}").args().members()).isEmpty();
  }

  @Test
  void validAttachmentsTellAbsentFromEmpty() {
    assertThat(conf("\"a\":1").validAttachments()).isEmpty();
    assertThat(conf("\"cni.dev/valid-attachments\":null").validAttachments()).isEmpty();
    assertThat(conf("\"cni.dev/valid-attachments\":[]").validAttachments()).contains(List.of());
    assertThat(conf("\"cni.dev/attachments\":[]").validAttachments()).contains(List.of());
    assertThat(
            conf("\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"eth0\"}]")
                .validAttachments())
        .contains(List.of(new Attachment("net", "a", "eth0")));
    for (String bad : List.of("{}", "\"x\"", "[1]", "[{\"containerID\":\"a\"}]")) {
      assertThatThrownBy(() -> conf("\"cni.dev/valid-attachments\":" + bad).validAttachments())
          .as(bad)
          .isInstanceOf(CniError.class);
    }
  }

  @Test
  void versionsCompareByNumber() {
    assertThat(CniVersion.parse("")).isEqualTo(CniVersion.V0_1_0);
    assertThat(CniVersion.parse("1")).isEqualTo(CniVersion.V1_0_0);
    assertThat(CniVersion.parse("0.10.0").isAtLeast(CniVersion.V0_4_0)).isTrue();
    assertThat(CniVersion.parse("0.3.9").isAtLeast(CniVersion.V0_4_0)).isFalse();
    for (String bad : List.of(".", "1.", "1.2.3.4", "a", "1.x", "-1", "1..2", "99999999999")) {
      assertThatThrownBy(() -> CniVersion.parse(bad)).as(bad).isInstanceOf(CniError.class);
    }
  }

  @Test
  void anExplicitIptablesBackendIsRefusedByName() {
    NetConf conf = conf("\"ipMasqBackend\":\"iptables\"");
    assertThatThrownBy(
            () -> NftablesBackend.require(conf.raw(), "ipMasqBackend", "unknown ipmasq backend"))
        .isInstanceOf(CniError.class)
        .hasMessageContaining("\"iptables\"")
        .hasMessageContaining("\"ipMasqBackend\"")
        .extracting(e -> ((CniError) e).code())
        .isEqualTo(CniError.UNSUPPORTED_FIELD);
    assertThatThrownBy(
            () ->
                NftablesBackend.require(
                    conf("\"backend\":\"x\"").raw(), "backend", "unrecognized backend"))
        .hasMessageStartingWith("unrecognized backend \"x\"");
    NftablesBackend.require(conf("\"backend\":\"nftables\"").raw(), "backend", "unrecognized");
    NftablesBackend.require(conf("\"a\":1").raw(), "backend", "unrecognized");
  }
}
