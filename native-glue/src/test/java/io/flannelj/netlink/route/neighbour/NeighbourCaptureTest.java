package io.flannelj.netlink.route.neighbour;

import static io.flannelj.netlink.route.Rtnetlink.AF_INET;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_EXT_LEARNED;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_EXT_MANAGED;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_MASTER;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_ROUTER;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NTF_SELF;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_NOARP;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_PERMANENT;
import static io.flannelj.netlink.route.neighbour.NeighbourConstants.NUD_REACHABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.route.Captures;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NeighbourCaptureTest {
  private static final MacAddress MAC = MacAddress.parse("0a:00:00:00:00:02");

  private static NeighbourMessage request(String capture) {
    return NeighbourMessage.decode(Captures.request(capture));
  }

  private static NeighbourMessage answer(String capture) {
    return NeighbourMessage.decode(Captures.answers(capture).get(0));
  }

  @Test
  void permanentNeighbourWithItsOwner() {
    IpAddress address = IpAddress.parse("10.244.2.0");
    assertThat(request("neighbour-v4"))
        .isEqualTo(
            new NeighbourMessage(
                new NeighbourHeader(AF_INET, 4, NUD_PERMANENT, 0, 0),
                List.of(
                    new NeighbourAttribute.Protocol(80),
                    new NeighbourAttribute.Destination(address),
                    new NeighbourAttribute.HardwareAddress(MAC))));
    assertThat(NeighbourInfo.of(answer("neighbour-v4")))
        .isEqualTo(new NeighbourInfo(4, address, MAC, NUD_PERMANENT, 0, 80));
  }

  @Test
  void ipv6AndItsFlags() {
    NeighbourInfo neighbour = NeighbourInfo.of(answer("neighbour-v6"));
    assertThat(neighbour.address()).isEqualTo(IpAddress.parse("2001:db8::2"));
    assertThat(neighbour.flags()).isEqualTo(NTF_ROUTER);
    assertThat(neighbour.state()).isEqualTo(NUD_REACHABLE);
    assertThat(neighbour.isPermanent()).isFalse();
  }

  @Test
  void extendedFlags() {
    NeighbourMessage managed = answer("neighbour-managed");
    assertThat(managed.find(NeighbourAttribute.ExtendedFlags.class))
        .contains(new NeighbourAttribute.ExtendedFlags(NTF_EXT_MANAGED));
    assertThat(managed.header().flags()).isEqualTo(NTF_EXT_LEARNED);
    assertThat(NeighbourInfo.of(managed).mac()).isEqualTo(MacAddress.ZERO);
  }

  @Test
  void vxlanEntry() {
    FdbInfo entry = FdbInfo.of(answer("fdb-vxlan"));
    assertThat(entry)
        .isEqualTo(
            new FdbInfo(
                4,
                MAC,
                Optional.of(IpAddress.parse("192.168.5.2")),
                0,
                NUD_PERMANENT | NUD_NOARP,
                NTF_SELF,
                0,
                0,
                0,
                0));
    assertThat(entry.isSelf()).isTrue();
    assertThat(entry.isAsDeviceSays()).isTrue();
    FdbInfo remote = FdbInfo.of(answer("fdb-vxlan-remote"));
    assertThat(remote.port()).isEqualTo(4789);
    assertThat(remote.vni()).isEqualTo(77);
    assertThat(remote.isAsDeviceSays()).isFalse();
    assertThat(remote.mac()).isEqualTo(MacAddress.ZERO);
    assertThat(request("fdb-vxlan-remote").find(NeighbourAttribute.OutputInterface.class))
        .contains(new NeighbourAttribute.OutputInterface(3));
  }

  @Test
  void bridgeEntry() {
    assertThat(request("fdb-bridge").header().flags()).isEqualTo(NTF_MASTER);
    FdbInfo entry = FdbInfo.of(answer("fdb-bridge"));
    assertThat(entry.master()).isEqualTo(6);
    assertThat(entry.isSelf()).isFalse();
    assertThat(entry.isPermanent()).isFalse();
  }
}
