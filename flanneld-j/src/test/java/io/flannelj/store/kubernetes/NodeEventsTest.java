package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.KubernetesOptions;
import io.flannelj.config.NetConfReader;
import io.flannelj.config.SubnetPool;
import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseRequest;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.RequiresKubernetes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real API server, without and with the right to write Events. */
@RequiresKubernetes
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class NodeEventsTest {
  private static final SubnetPool POOL =
      NetConfReader.read("{\"Network\":\"10.244.0.0/16\"}").ipv4().orElseThrow();

  private ApiServer server;
  private final List<String> remarks = new CopyOnWriteArrayList<>();

  @BeforeAll
  void start(@TempDir Path directory) {
    server = ApiServer.start(directory);
  }

  @AfterAll
  void end() {
    server.close();
  }

  private KubernetesStore store(String node) {
    KubernetesOptions options =
        new KubernetesOptions(
            "",
            server.kubeconfig(server.flannelToken()).toString(),
            "flannel.alpha.coreos.com",
            true,
            "",
            "");
    return new KubernetesStore(
        options,
        ClusterAccesses.find(options, Map.of()),
        Patience.USUAL,
        node,
        remarks::add,
        remarks::add);
  }

  private static LeaseRequest request(String node) {
    return new LeaseRequest(
        node,
        1,
        List.of(
            new LeaseRequest.Half(
                POOL,
                IpAddress.parse("192.0.2.1"),
                MacAddress.parse("02:00:00:00:00:01"),
                Optional.empty())));
  }

  private String events(String node) {
    return server
        .admin()
        .get("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=" + node)
        .orThrow();
  }

  private static int count(String events) {
    return events.split("\"involvedObject\"", -1).length - 1;
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    for (int tries = 0; tries < 1200 && !condition.getAsBoolean(); tries++) {
      Thread.sleep(50);
    }
    assertThat(condition.getAsBoolean()).as(what).isTrue();
  }

  private static void isMissed(KubernetesStore store, String node) {
    assertThatThrownBy(() -> store.acquire(request(node))).hasMessageContaining("has no podCIDR");
  }

  @Test
  @Order(1)
  void theRuleToAddIsNamedOnceAndAllElseGoesOn() throws Exception {
    server.createNode("mute", "192.0.2.1", List.of(), Map.of());
    try (KubernetesStore store = store("mute")) {
      isMissed(store, "mute");
      await("the rule is named", () -> !remarks.isEmpty());
      isMissed(store, "mute");
      give("mute", "10.244.1.0/24");
      assertThat(store.acquire(request("mute")).subnet()).hasToString("10.244.1.0/24");
    }
    assertThat(remarks)
        .singleElement()
        .asString()
        .contains("node mute", "resources [events], verbs [create, patch]");
    assertThat(count(events("mute"))).isZero();
  }

  private void give(String node, String subnet) {
    server.patchNode(
        node, "{\"spec\":{\"podCIDR\":\"" + subnet + "\",\"podCIDRs\":[\"" + subnet + "\"]}}");
  }

  @Test
  @Order(2)
  void theNodeTellsWhatItMissesAndThatItCameAsOneEventEach() throws Exception {
    server.allowEvents();
    server.createNode("bare", "192.0.2.2", List.of(), Map.of());
    try (KubernetesStore store = store("bare")) {
      isMissed(store, "bare");
      await("it is told", () -> count(events("bare")) == 1);
      isMissed(store, "bare");
    }
    assertThat(events("bare"))
        .contains("\"reason\":\"NoPodCIDR\"", "\"type\":\"Warning\"", "\"uid\":\"bare\"")
        .contains("--cluster-cidr 10.244.0.0/16");
    server
        .admin()
        .patch(
            "/api/v1/namespaces/default/events/bare.flannel.nopodcidr", "{\"message\":\"before\"}")
        .orThrow();
    try (KubernetesStore restarted = store("bare")) {
      isMissed(restarted, "bare");
      await("the same is told again", () -> events("bare").contains("has no podCIDR"));
      assertThat(count(events("bare"))).isEqualTo(1);
      give("bare", "10.244.2.0/24");
      restarted.acquire(request("bare"));
      await("its arrival is told", () -> events("bare").contains("PodCIDRAssigned"));
      restarted.acquire(request("bare"));
    }
    assertThat(count(events("bare"))).isEqualTo(2);
    assertThat(events("bare")).contains("got the podCIDR 10.244.2.0/24", "\"type\":\"Normal\"");
  }
}
