package io.flannelj.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.link.Links;
import io.flannelj.netlink.route.link.VxlanSpec;
import io.flannelj.testkit.FakeKernel;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** An operator who switches IPv6 off finds nothing of it after the daemon's restart. */
class FormerFamiliesTest {
  private static final String NAME = "flannel-v6.1";
  private static final NetConf IPV4 =
      NetConfReader.read("{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}");
  private static final NetConf DUAL =
      NetConfReader.read(
          "{\"Network\":\"10.244.0.0/16\",\"EnableIPv6\":true,\"IPv6Network\":"
              + "\"fd00:10:244::/48\",\"Backend\":{\"Type\":\"vxlan\"}}");

  private final FakeKernel kernel = new FakeKernel();

  private void make(String name, int vni, String local) {
    kernel.execute(
        Links.createVxlan(
            new VxlanSpec(
                name,
                MacAddress.parse("02:00:00:00:00:01"),
                1430,
                vni,
                0,
                Optional.of(IpAddress.parse(local)),
                8472,
                false,
                false)));
  }

  @Test
  void theDeviceOfAFamilyThatWasSwitchedOffGoesAndTheOthersStay() {
    make(NAME, 1, "2001:db8::11");
    make("flannel.1", 1, "192.0.2.11");
    FormerFamilies.remove(kernel, DUAL);
    assertThat(kernel.link(NAME)).isPresent();
    FormerFamilies.remove(kernel, IPV4);
    assertThat(kernel.link(NAME)).isEmpty();
    assertThat(kernel.link("flannel.1")).isPresent();
  }

  @Test
  void aForeignDeviceOfThatNameStays() {
    make(NAME, 7, "2001:db8::11");
    FormerFamilies.remove(kernel, IPV4);
    assertThat(kernel.link(NAME)).isPresent();
    kernel.execute(Links.delete(kernel.link(NAME).orElseThrow().id()));
    kernel.execute(Links.create(NAME, "dummy"));
    FormerFamilies.remove(kernel, IPV4);
    assertThat(kernel.link(NAME)).isPresent();
  }
}
