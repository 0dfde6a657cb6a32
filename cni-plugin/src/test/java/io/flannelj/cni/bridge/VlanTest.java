package io.flannelj.cni.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flannelj.cni.json.JsonObject;
import io.flannelj.testkit.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** VLANs and isolation of ports, with packets through the real kernel. */
@Tag("netns")
@RequiresRoot
@Timeout(60)
class VlanTest {
  private static final String PLAIN = NodeCalls.conf("net", "10.244.1.0/24", "");
  private NodeCalls node;

  @BeforeEach
  void makeNode(@TempDir Path root) {
    node = new NodeCalls(root);
  }

  private void assumeFiltering() {
    String[] command = "ip link add name probe type bridge vlan_filtering 1".split(" ");
    assumeTrue(
        node.outside().attempt(command).exit() == 0,
        "SKIPPED: this kernel is built without CONFIG_BRIDGE_VLAN_FILTERING");
  }

  @AfterEach
  void close() throws Exception {
    node.close();
  }

  /** Network and subnet of its own for each VLAN; more keys begin with a comma. */
  private static String vlan(int vlan, String more) {
    return NodeCalls.conf(
        "net" + vlan, "10." + (vlan % 256) + ".0.0/24", ",\"vlan\":" + vlan + more);
  }

  private String vlans(JsonObject result) {
    return node.node().sh("bridge vlan show dev " + NodeCalls.hostVeth(result));
  }

  private boolean reaches(String container, String address) {
    return node.pod(container).attempt("ping", "-c1", "-W1", address).exit() == 0;
  }

  @Test
  void podsOfOneVlanReachEachOtherAndTheirGatewayAndNoOtherVlan() {
    assumeFiltering();
    JsonObject first = node.add("first", vlan(100, ""));
    JsonObject second = node.add("second", vlan(100, ""));
    JsonObject other = node.add("other", vlan(200, ""));
    assertThat(first.objects("interfaces"))
        .extracting(end -> end.textOrEmpty("name"))
        .containsExactly("cni0", NodeCalls.hostVeth(first), "eth0", "cni0.100");
    assertThat(vlans(first)).contains("100 PVID Egress Untagged").doesNotContain(" 1 ");
    assertThat(node.node().sh("ip -br address show cni0.100")).contains("10.100.0.1/24");
    assertThat(node.node().sh("ip -br address show cni0")).doesNotContain("10.100.0.1");

    assertThat(reaches("first", "10.100.0.1")).isTrue();
    assertThat(reaches("first", NodeCalls.address(second))).isTrue();
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(other));
    // As if it were a neighbour: the frame is there, and the bridge keeps it in its VLAN.
    node.pod("first").sh("ip route add " + NodeCalls.address(other) + " dev eth0");
    node.pod("other").sh("ip route add " + NodeCalls.address(first) + " dev eth0");
    assertThat(reaches("first", NodeCalls.address(other))).isFalse();

    node.silent("first", "CHECK", NodeCalls.withPrevious(vlan(100, ""), first));
    node.silent("first", "DEL", vlan(100, ""));
    node.add("first", vlan(100, ""));
  }

  @Test
  void aTrunkCarriesItsVlansTaggedAndHasANativeOne() {
    assumeFiltering();
    String trunk = ",\"vlanTrunk\":[{\"id\":30},{\"minID\":10,\"maxID\":12}]";
    JsonObject pod = node.add("pod", NodeCalls.conf("net", "10.244.1.0/24", trunk));
    assertThat(vlans(pod).replaceAll(" +", " ").lines().skip(1).map(String::strip))
        .containsExactly(
            NodeCalls.hostVeth(pod) + " 1 PVID Egress Untagged", "10", "11", "12", "30");
    JsonObject member = node.add("member", vlan(11, ""));
    node.pod("pod").sh("ip link add link eth0 name tagged type vlan id 11");
    node.pod("pod").sh("ip address add 10.11.0.77/24 dev tagged");
    node.pod("pod").sh("ip link set tagged up");
    assertThat(reaches("pod", NodeCalls.address(member))).isTrue();
    // And untagged it is in the bridge's own VLAN.
    assertThat(reaches("pod", "10.244.1.1")).isTrue();
  }

  @Test
  void theDefaultVlanStaysIfAskedFor() {
    assumeFiltering();
    JsonObject pod = node.add("pod", vlan(100, ",\"preserveDefaultVlan\":true"));
    assertThat(vlans(pod).replaceAll(" +", " "))
        .contains(" 1 Egress Untagged", " 100 PVID Egress Untagged");
    node.silent(
        "pod", "CHECK", NodeCalls.withPrevious(vlan(100, ",\"preserveDefaultVlan\":true"), pod));
  }

  @Test
  void aBridgeMadeWithoutVlansLearnsToFilterAndItsPodsTalkOn() {
    assumeFiltering();
    JsonObject old = node.add("old", PLAIN);
    assertThat(node.node().sh("ip -d link show cni0")).contains("vlan_filtering 0");
    node.add("pod", vlan(100, ""));
    assertThat(node.node().sh("ip -d link show cni0")).contains("vlan_filtering 1");
    assertThat(reaches("old", "10.244.1.1")).isTrue();
    node.node().sh("ping -c1 -W1 " + NodeCalls.address(old));
    // What is not asked for is not taken back either.
    node.add("new", PLAIN);
    assertThat(node.node().sh("ip -d link show cni0")).contains("vlan_filtering 1");
  }

  @Test
  void checkTellsOfAVlanThatIsMissingOrTooMuch() {
    assumeFiltering();
    JsonObject pod = node.add("pod", vlan(100, ""));
    String check = NodeCalls.withPrevious(vlan(100, ""), pod);
    node.node().sh("bridge vlan add vid 7 dev " + NodeCalls.hostVeth(pod));
    assertThat(node.error("pod", "CHECK", check).text()).contains("VLAN 7 should not be there");
    node.node().sh("bridge vlan del vid 7 dev " + NodeCalls.hostVeth(pod));
    node.silent("pod", "CHECK", check);
    node.node().sh("bridge vlan del vid 100 dev " + NodeCalls.hostVeth(pod));
    assertThat(node.error("pod", "CHECK", check).text()).contains("VLAN 100 is missing");
  }

  private static String dual(int vlan) {
    return vlan(vlan, "").replace("]]", "],[{\"subnet\":\"fd00:10:" + vlan + "::/64\"}]]");
  }

  private String index() {
    return node.node().sh("ip -o link show cni0.100").replaceFirst(":(?s).*", "");
  }

  private String gatewayPort() {
    return node.node()
        .sh("ip -o link show cni0.100")
        .replaceFirst("(?s).*cni0\\.100@([^:]*):.*", "$1");
  }

  @Test
  void theGatewayEndCarriesBothFamiliesAndTheSecondPodUsesTheSame() {
    assumeFiltering();
    JsonObject first = node.add("first", dual(100));
    String end = index();
    // No wait: neither the pod's nor the gateway's address is probed for duplicates.
    node.pod("first").sh("ping -c1 -W2 fd00:10:100::1");
    node.pod("first").sh("ping -c1 -W2 10.100.0.1");
    JsonObject second = node.add("second", dual(100));
    assertThat(index()).isEqualTo(end);
    assertThat(second.objects("interfaces").get(3).textOrEmpty("name")).isEqualTo("cni0.100");
    assertThat(second.objects("interfaces").get(3).toCompactText())
        .isEqualTo(first.objects("interfaces").get(3).toCompactText());
    assertThat(node.node().sh("ip -o address show cni0.100 scope global"))
        .contains("10.100.0.1/24", "fd00:10:100::1/64")
        .doesNotContain("tentative", "dadfailed");
    assertThat(node.node().sh("ip -o address show cni0")).doesNotContain("fd00:10:100::1");
    assertThat(node.node().sh("bridge vlan show dev " + gatewayPort()))
        .contains("100 PVID Egress Untagged")
        .doesNotContain(" 1 ");
    assertThat(reaches("second", "fd00:10:100::2")).isTrue();
    assertThat(node.node().sh("ip -6 route get fd00:10:100::3")).contains("dev cni0.100");
    node.node().sh("ping -c1 -W2 fd00:10:100::3");
    assertThat(node.pod("second").sh("ip route")).contains("default via 10.100.0.1");
    assertThat(node.pod("second").sh("ip -6 route")).contains("default via fd00:10:100::1");
    node.silent("first", "CHECK", NodeCalls.withPrevious(dual(100), first));
    node.silent("second", "CHECK", NodeCalls.withPrevious(dual(100), second));
  }

  @Test
  void withoutIsGatewayTheNodeHasNoEndInTheVlan() {
    assumeFiltering();
    String conf = vlan(100, "").replace("\"isDefaultGateway\":true", "\"isGateway\":false");
    JsonObject pod = node.add("pod", conf);
    assertThat(pod.objects("interfaces")).hasSize(3);
    assertThat(node.node().sh("ip -o link")).doesNotContain("cni0.100");
    node.silent("pod", "CHECK", NodeCalls.withPrevious(conf, pod));
  }

  @Test
  void checkNamesAGatewayEndThatIsMissingOrOfNoUseAndTheNextAddMendsIt() {
    assumeFiltering();
    JsonObject pod = node.add("pod", vlan(100, ""));
    String check = NodeCalls.withPrevious(vlan(100, ""), pod);
    node.node().sh("ip address del 10.100.0.1/24 dev cni0.100");
    assertThat(node.error("pod", "CHECK", check).text())
        .isEqualTo("gateway address 10.100.0.1/24 is missing on cni0.100");
    node.add("second", vlan(100, ""));
    node.silent("pod", "CHECK", check);

    node.node().sh("bridge vlan del vid 100 dev " + gatewayPort());
    assertThat(node.error("pod", "CHECK", check).text())
        .contains("cni0.100, the gateway of VLAN 100", gatewayPort(), "VLAN 100 is missing");
    node.add("third", vlan(100, ""));
    node.silent("pod", "CHECK", check);

    node.node().sh("ip link set " + gatewayPort() + " nomaster");
    assertThat(node.error("pod", "CHECK", check).text())
        .contains("cni0.100, the gateway of VLAN 100, is not connected to bridge cni0");
    node.add("fourth", vlan(100, ""));
    node.silent("pod", "CHECK", check);
    assertThat(reaches("pod", "10.100.0.1")).isTrue();

    node.node().sh("ip link set cni0.100 down");
    assertThat(node.error("pod", "CHECK", check).text()).contains("is down");
    node.node().sh("ip link delete cni0.100");
    assertThat(node.error("pod", "CHECK", check).text())
        .isEqualTo("Interface cni0.100, the gateway of VLAN 100, not found");
    node.add("fifth", vlan(100, ""));
    node.silent("pod", "CHECK", check);
    assertThat(reaches("pod", "10.100.0.1")).isTrue();
  }

  @Test
  void aForeignDeviceOfTheGatewaysNameIsNamedAndTheAddTakenBack() {
    assumeFiltering();
    node.node().sh("ip link add cni0.100 type dummy");
    assertThat(node.error("pod", "ADD", vlan(100, "")).text())
        .contains("\"cni0.100\" already exists but is not a veth");
    assertThat(node.node().sh("ip -o link show type veth")).doesNotContain("veth");
    assertThat(node.caller().exists("/var/lib/cni/networks/net100/10.100.0.2")).isFalse();
    node.node().sh("ip link show cni0.100");
  }

  @Test
  void theGatewayEndStaysWhenTheLastPodGoesByDelOrByGc() {
    assumeFiltering();
    JsonObject pod = node.add("pod", vlan(100, ""));
    String end = index();
    String port = gatewayPort();
    node.silent("pod", "DEL", vlan(100, ""));
    assertThat(node.node().sh("ip -o link show")).doesNotContain(NodeCalls.hostVeth(pod));
    assertThat(node.node().sh("ip -o address show cni0.100")).contains("10.100.0.1/24");

    JsonObject next = node.add("next", vlan(100, ""));
    node.silent("any", "GC", vlan(100, ",\"cni.dev/valid-attachments\":[]"));
    assertThat(node.node().sh("ip -o link show")).doesNotContain(NodeCalls.hostVeth(next));
    assertThat(node.caller().exists("/var/lib/cni/networks/net100/" + NodeCalls.address(next)))
        .isFalse();
    assertThat(index()).isEqualTo(end);
    assertThat(gatewayPort()).isEqualTo(port);

    JsonObject last = node.add("last", vlan(100, ""));
    assertThat(reaches("last", "10.100.0.1")).isTrue();
    node.silent("last", "CHECK", NodeCalls.withPrevious(vlan(100, ""), last));
  }

  @Test
  void aKernelThatCannotFilterIsNamed() {
    String[] command = "ip link add name probe type bridge vlan_filtering 1".split(" ");
    assumeTrue(
        node.outside().attempt(command).exit() != 0, "SKIPPED: this kernel can filter by VLAN");
    assertThat(node.error("pod", "ADD", vlan(100, "")).text())
        .contains("CONFIG_BRIDGE_VLAN_FILTERING", "vlanTrunk");
    assertThat(node.caller().exists("/var/lib/cni/networks/net100/10.100.0.2")).isFalse();
  }

  @Test
  void isolatedPodsReachTheGatewayOnly() {
    String conf = NodeCalls.conf("net", "10.244.1.0/24", ",\"portIsolation\":true");
    JsonObject first = node.add("first", conf);
    JsonObject second = node.add("second", conf);
    assertThat(reaches("first", "10.244.1.1")).isTrue();
    assertThat(reaches("first", NodeCalls.address(second))).isFalse();
    JsonObject open = node.add("open", PLAIN);
    assertThat(reaches("first", NodeCalls.address(open))).isTrue();
    node.silent("first", "CHECK", NodeCalls.withPrevious(conf, first));
  }
}
