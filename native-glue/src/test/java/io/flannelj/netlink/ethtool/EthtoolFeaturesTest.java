package io.flannelj.netlink.ethtool;

import static io.flannelj.netlink.ethtool.EthtoolFeatures.TX_CHECKSUM_IP_GENERIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.libc.Errno;
import io.flannelj.netlink.NetlinkException;
import io.flannelj.netlink.NetlinkFamily;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

@RequiresRoot
class EthtoolFeaturesTest {
  @Test
  void switchesAFeature() {
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket generic = namespace.namespace().openNetlink(NetlinkFamily.GENERIC)) {
      namespace.sh("ip link add one type bridge");
      EthtoolFeatures features = new EthtoolFeatures(generic);
      assertThat(features.active(2)).contains(TX_CHECKSUM_IP_GENERIC, "tx-scatter-gather");

      features.set(2, TX_CHECKSUM_IP_GENERIC, false);
      assertThat(features.active(2)).doesNotContain(TX_CHECKSUM_IP_GENERIC);

      features.set(2, TX_CHECKSUM_IP_GENERIC, true);
      assertThat(features.active(2)).contains(TX_CHECKSUM_IP_GENERIC);
    }
  }

  @Test
  void ethtoolSeesTheSame() {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/ethtool")),
        "SKIPPED: no ethtool to compare with; install the package ethtool");
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket generic = namespace.namespace().openNetlink(NetlinkFamily.GENERIC)) {
      namespace.sh("ip link add one type bridge");
      new EthtoolFeatures(generic).set(2, TX_CHECKSUM_IP_GENERIC, false);
      assertThat(namespace.sh("/usr/sbin/ethtool -k one")).contains("tx-checksum-ip-generic: off");
    }
  }

  @Test
  void namesWhatIsWrong() {
    try (TestNamespace namespace = new TestNamespace();
        NetlinkSocket generic = namespace.namespace().openNetlink(NetlinkFamily.GENERIC)) {
      EthtoolFeatures features = new EthtoolFeatures(generic);
      assertThatThrownBy(() -> features.active(77))
          .isInstanceOfSatisfying(
              NetlinkException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENODEV))
          .hasMessageContaining("ethtool -k index 77");
      assertThatThrownBy(() -> features.set(1, "no-such-feature", true))
          .isInstanceOf(NetlinkException.class)
          .hasMessageContaining("no-such-feature");
    }
  }
}
