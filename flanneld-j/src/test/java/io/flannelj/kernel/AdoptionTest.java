package io.flannelj.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.desired.RouteTarget;
import io.flannelj.desired.VxlanDevice;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.net.MacAddress;
import io.flannelj.netlink.NetlinkSocket;
import io.flannelj.reconcile.Delta;
import io.flannelj.reconcile.DeviceTable;
import io.flannelj.testkit.RequiresRoot;
import io.flannelj.testkit.TestNamespace;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What Go flannel leaves on a node is taken over, and what is nobody's of the two is left alone.
 */
@Tag("netns")
@RequiresRoot
class AdoptionTest {
  private static final IpPrefix NETWORK = IpPrefix.parse("10.244.0.0/16");
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");

  private TestNamespace node;
  private NetlinkSocket route;
  private final DeviceIndex index = new DeviceIndex();

  @BeforeEach
  void layDownWhatGoFlannelDoes() {
    node = new TestNamespace();
    route = node.openRoute();
    ip("link", "add", "eth0", "type", "veth", "peer", "name", "far");
    ip("link", "set", "eth0", "up");
    ip("link", "set", "far", "up");
    ip("address", "add", "192.0.2.1/24", "dev", "eth0");
    ip(
        "link",
        "add",
        "flannel.1",
        "address",
        MAC.toString(),
        "mtu",
        "1450",
        "type",
        "vxlan",
        "id",
        "1",
        "dev",
        "eth0",
        "local",
        "192.0.2.1",
        "dstport",
        "8472",
        "nolearning");
    ip("address", "add", "10.244.1.0/32", "dev", "flannel.1");
    ip("link", "set", "flannel.1", "up");
    for (int peer : new int[] {2, 3}) {
      String gateway = "10.244." + peer + ".0";
      String mac = "02:00:00:00:00:0" + peer;
      ip("neigh", "add", gateway, "lladdr", mac, "dev", "flannel.1", "nud", "permanent");
      node.run(
          "bridge",
          "fdb",
          "add",
          mac,
          "dev",
          "flannel.1",
          "dst",
          "192.0.2." + peer,
          "self",
          "permanent");
      ip("route", "add", gateway + "/24", "via", gateway, "dev", "flannel.1", "onlink");
    }
    ip("route", "add", "10.244.200.0/24", "dev", "eth0");
    ip("route", "add", "198.51.100.0/24", "via", "192.0.2.9");
  }

  @AfterEach
  void close() {
    route.close();
    node.close();
  }

  private String ip(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "ip";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return node.run(command);
  }

  private int underlayIndex() {
    String line = ip("-o", "link", "show", "eth0");
    return Integer.parseInt(line.substring(0, line.indexOf(':')).strip());
  }

  private VxlanDevice device() {
    IpAddress local = IpAddress.parse("192.0.2.1");
    return new VxlanDevice("flannel.1", 1, 8472, local, "eth0", underlayIndex(), 1450, MAC, false);
  }

  @Test
  void theDeviceAndItsMacAreKept() {
    String before = ip("-o", "link", "show", "flannel.1");
    VxlanDeviceTable table = new VxlanDeviceTable(route, index);
    assertThat(table.existingMac("flannel.1")).contains(MAC);
    assertThat(table.ensure(device())).isEqualTo(DeviceTable.Change.NONE);
    assertThat(ip("-o", "link", "show", "flannel.1")).isEqualTo(before);
  }

  @Test
  void routesAreRetaggedStaleOnesGoAndForeignOnesStay() {
    new VxlanDeviceTable(route, index).ensure(device());
    RouteTable table = new RouteTable(route, index, this::underlayIndex, () -> NETWORK);
    IpPrefix living = IpPrefix.parse("10.244.2.0/24");
    Map<IpPrefix, RouteTarget> desired = Map.of(living, new RouteTarget.Tunnel(living.address()));
    Delta<IpPrefix, RouteTarget> delta = Delta.between(desired, table.dumpOwned());
    assertThat(table.apply(delta.toPut(), delta.toRemove())).isEmpty();
    assertThat(ip("route"))
        .contains("10.244.2.0/24 via 10.244.2.0 dev flannel.1 proto 102 onlink")
        .doesNotContain("10.244.3.0/24")
        .contains("10.244.200.0/24 dev eth0")
        .contains("198.51.100.0/24 via 192.0.2.9");
    assertThat(Delta.between(desired, table.dumpOwned()).isEmpty()).isTrue();
  }

  @Test
  void entriesOfPeersThatAreGoneGo() {
    new VxlanDeviceTable(route, index).ensure(device());
    NeighbourTable neighbours = new NeighbourTable(route, index, () -> NETWORK);
    FdbTable forwarding = new FdbTable(route, index);
    MacAddress living = MacAddress.parse("02:00:00:00:00:02");
    Delta<IpAddress, MacAddress> stale =
        Delta.between(Map.of(IpAddress.parse("10.244.2.0"), living), neighbours.dumpOwned());
    assertThat(stale.toPut()).isEmpty();
    assertThat(neighbours.apply(stale.toPut(), stale.toRemove())).isEmpty();
    Delta<MacAddress, IpAddress> moved =
        Delta.between(Map.of(living, IpAddress.parse("192.0.2.77")), forwarding.dumpOwned());
    assertThat(forwarding.apply(moved.toPut(), moved.toRemove())).isEmpty();
    assertThat(ip("neigh", "show", "dev", "flannel.1"))
        .contains("10.244.2.0")
        .doesNotContain("10.244.3.0");
    assertThat(node.run("bridge", "fdb", "show", "dev", "flannel.1"))
        .contains("02:00:00:00:00:02 dst 192.0.2.77 self permanent")
        .doesNotContain("02:00:00:00:00:03");
  }

  @Test
  void aDeviceOfAnotherKindIsNamedAndNeverDeleted() {
    ip("link", "delete", "flannel.1");
    ip("link", "add", "flannel.1", "type", "bridge");
    assertThatThrownBy(() -> new VxlanDeviceTable(route, index).ensure(device()))
        .hasMessageContaining("flannel.1 is of kind \"bridge\"")
        .hasMessageContaining("ip link delete flannel.1");
    assertThat(ip("-d", "link", "show", "flannel.1")).contains("bridge");
  }
}
