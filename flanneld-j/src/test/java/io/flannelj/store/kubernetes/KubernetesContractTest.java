package io.flannelj.store.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpPrefix;
import io.flannelj.store.Difference;
import io.flannelj.store.LeaseStoreContract;
import io.flannelj.store.Seen;
import io.flannelj.store.StoreException;
import io.flannelj.store.StorePlace;
import io.flannelj.testkit.servers.ApiServer;
import io.flannelj.testkit.servers.RequiresKubernetes;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@RequiresKubernetes
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class KubernetesContractTest extends LeaseStoreContract {
  private ApiServer server;

  @BeforeAll
  void startServer(@TempDir Path directory) {
    server = ApiServer.start(directory);
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Override
  protected StorePlace makePlace() {
    return new KubernetesPlace(server);
  }

  private KubernetesPlace nodes() {
    return (KubernetesPlace) place();
  }

  @Override
  protected List<Difference> differences() {
    return List.of(Difference.values());
  }

  @Override
  protected String instead(Difference difference) {
    return switch (difference) {
      case SUBNETS_ARE_GIVEN -> subnetsAreGiven();
      case LEASES_DO_NOT_END -> leasesDoNotEnd();
      case NO_RESERVATIONS -> noReservations();
    };
  }

  private String subnetsAreGiven() {
    IpPrefix given = IpPrefix.parse("10.244.1.0/24");
    IpPrefix previous = IpPrefix.parse("10.244.77.0/24");
    assertThat(open().acquire(request(1, NET, previous)).subnet()).isEqualTo(given);
    NetConf other = NetConfReader.read("{\"Network\":\"10.99.0.0/16\"}");
    assertThatThrownBy(() -> open().acquire(request(1, other)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("10.244.1.0/24")
        .hasMessageContaining("not within Network 10.99.0.0/16")
        .hasMessageContaining("--cluster-cidr");
    assertThat(nodes().announced("node1").map(Lease::subnet))
        .as("peers lose nothing by our wrong configuration")
        .contains(given);
    return "the controller manager gives the subnet; a Network that it is not within is refused";
  }

  private String leasesDoNotEnd() {
    Lease lease = open(7).acquire(request(7, NET));
    assertThat(lease.hasEnd()).isFalse();
    Seen seen = new Seen(open());
    seen.await("it is there", leases -> leases.containsKey(lease.subnet()));
    place().remove(lease);
    seen.await("it went with its node", leases -> !leases.containsKey(lease.subnet()));
    Lease heir = peer(8, lease.subnet().toString(), Lease.UNTIL_REMOVED);
    place().write(heir);
    seen.await("another node has the subnet", leases -> leases.containsKey(lease.subnet()));
    assertThat(seen.lease(lease.subnet()).node()).isEqualTo("node8");
    return "a lease lasts until its Node is removed; the subnet may be another Node's then";
  }

  private String noReservations() {
    IpPrefix kept = IpPrefix.parse("10.244.5.0/24");
    place().admit("node5");
    assertThat(open().acquire(request(1, NET, kept)).subnet())
        .as("nobody gets the subnet of a node that is there and not running")
        .isNotEqualTo(kept);
    Lease lease = open(5).acquire(request(5, NET));
    assertThat(lease.subnet()).isEqualTo(kept);
    assertThat(lease.isReservation()).isFalse();
    return "a subnet is its Node's from the moment it is registered; nothing else is reserved";
  }

  @Test
  void whatTakesASubnetOverDuringAnAbsenceIsSeenInAnyOrderOfNames() {
    Lease vanishing = peer(4, "10.244.104.0/24", Lease.UNTIL_REMOVED);
    Lease heir = peer(3, "10.244.104.0/24", Lease.UNTIL_REMOVED);
    place().write(vanishing);
    Seen seen = new Seen(open());
    seen.await("it is there", leases -> leases.containsKey(vanishing.subnet()));
    place()
        .whileAway(
            () -> {
              place().remove(vanishing);
              place().write(heir);
              server.etcd().compact();
              server.kill();
              server.start();
            });
    seen.await(
        "the subnet is the other node's",
        leases ->
            leases.containsKey(vanishing.subnet())
                && seen.lease(vanishing.subnet()).node().equals("node3"));
    assertThat(seen.state().notes()).isEmpty();
  }

  @Test
  void anAnnotationLargerThanAnyOfFlannelsCostsNoOtherNodeItsPlace() {
    place().write(peer(2, "10.244.2.0/24", Lease.UNTIL_REMOVED));
    server.createNode(
        "node66",
        "192.0.2.66",
        List.of("10.244.66.0/24"),
        KubernetesPlace.annotations("192.0.2.66", "\"" + "x".repeat(100_000) + "\""));
    Seen seen = new Seen(open());
    seen.await("the other is there", leases -> leases.size() == 1);
    seen.awaitState("it is told", state -> String.join("", state.notes()).contains("node66"));
    assertThat(seen.state().problem()).isEmpty();
    assertThat(String.join("", seen.state().notes())).hasSizeLessThan(500);
  }

  @Test
  void whatWeAnnounceOfAFamilyThatWeLeftIsWithdrawn() {
    open().acquire(request(1, DUAL));
    assertThat(server.node("node1")).contains("public-ipv6", "backend-v6-data");
    open().acquire(request(1, NET));
    assertThat(server.node("node1"))
        .contains("\"" + KubernetesPlace.PREFIX + "public-ip\":\"192.0.2.1\"")
        .doesNotContain("public-ipv6", "backend-v6-data");
  }
}
