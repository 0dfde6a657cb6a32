package io.flannelj.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flannelj.config.EtcdOptions;
import io.flannelj.config.NetConf;
import io.flannelj.config.NetConfReader;
import io.flannelj.config.Secret;
import io.flannelj.lease.Lease;
import io.flannelj.net.IpAddress;
import io.flannelj.net.MacAddress;
import io.flannelj.store.LeaseClock;
import io.flannelj.store.LeaseRequest;
import io.flannelj.store.Seen;
import io.flannelj.store.StoreState;
import io.flannelj.store.tls.PemFiles;
import io.flannelj.testkit.servers.Certificates;
import io.flannelj.testkit.servers.EtcdServer;
import io.flannelj.testkit.servers.RequiresEtcd;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@RequiresEtcd
@Timeout(120)
class EtcdFaultsTest {
  private static final NetConf NET = NetConfReader.read("{\"Network\":\"10.244.0.0/16\"}");
  private static final String DEAD = "http://127.0.0.1:1";

  @TempDir private Path directory;

  static LeaseRequest request(int node) {
    return new LeaseRequest(
        "node" + node,
        1,
        List.of(
            new LeaseRequest.Half(
                NET.ipv4().orElseThrow(),
                IpAddress.parse("192.0.2." + node),
                MacAddress.parse("02:00:00:00:00:0" + node),
                Optional.empty())));
  }

  private static EtcdStore open(EtcdOptions options) {
    return new EtcdStore(
        options,
        new PemFiles(options.caFile(), options.certFile(), options.keyFile()),
        LeaseClock.even(Clock.systemUTC()),
        text -> {});
  }

  @Test
  void theNextEndpointIsAskedAndACompactionIsOneNewListing() {
    try (EtcdServer server = EtcdServer.plain(directory);
        EtcdPlace place = new EtcdPlace(server);
        EtcdStore store =
            place.open(EtcdPlace.options(place.prefix(), 60, DEAD, place.relay().url()))) {
      Lease lease = store.acquire(request(1));
      Seen seen = new Seen(store);
      seen.await("ours", leases -> leases.containsKey(lease.subnet()));
      place.relay().cut();
      seen.awaitState("it is away", state -> state.problem().contains("does not answer"));
      for (int i = 0; i < 5; i++) {
        server.put("elsewhere", "x" + i);
      }
      server.delete(place.key(lease.key()));
      server.compact();
      place.relay().restore();
      seen.await("the deletion is seen", leases -> leases.isEmpty());
      seen.awaitState("well", StoreState.GOOD::equals);
      assertThat(store.acquire(request(1)).subnet()).isNotNull();
    }
  }

  @Test
  void aServerThatHangsIsToldAndGoesOn() {
    try (EtcdServer server = EtcdServer.plain(directory);
        EtcdPlace place = new EtcdPlace(server);
        EtcdStore store =
            EtcdPlace.open(
                EtcdPlace.options(place.prefix(), 60, place.relay().url()),
                new Patience(1_000, 1_000, 500, 60_000),
                text -> {})) {
      Lease lease = store.acquire(request(1));
      Seen seen = new Seen(store);
      seen.await("ours", leases -> leases.containsKey(lease.subnet()));
      server.freeze();
      seen.awaitState("it hangs", state -> !state.problem().isEmpty());
      assertThatThrownBy(() -> store.acquire(request(1)))
          .hasMessageContaining("no answer within 1000 ms");
      server.thaw();
      seen.awaitState("well", StoreState.GOOD::equals);
      assertThat(store.acquire(request(1)).subnet()).isEqualTo(lease.subnet());
    }
  }

  @Test
  void aUserWithPasswordLeasesAndAWrongPasswordIsNotShown() {
    try (EtcdServer server = EtcdServer.plain(directory)) {
      server.requirePassword("rootpw", "flannel", "hunter2", "/net");
      EtcdOptions right =
          new EtcdOptions(
              List.of(server.endpoint().toString()),
              "/net",
              "",
              "",
              "",
              "flannel",
              new Secret("hunter2"),
              60);
      try (EtcdStore store = open(right)) {
        Lease lease = store.acquire(request(1));
        new Seen(store).await("ours", leases -> leases.containsKey(lease.subnet()));
      }
      EtcdOptions wrong =
          new EtcdOptions(
              right.endpoints(), "/net", "", "", "", "flannel", new Secret("hunter3"), 60);
      try (EtcdStore store = open(wrong)) {
        assertThatThrownBy(() -> store.acquire(request(1)))
            .hasMessageContaining("authentication failed")
            .hasMessageNotContaining("hunter3");
      }
      try (EtcdStore store = open(EtcdPlace.options("/net", 60, server.endpoint().toString()))) {
        assertThatThrownBy(() -> store.acquire(request(1))).hasMessageContaining("--etcd-username");
      }
    }
  }

  @Test
  void tlsWorksWithACaAloneAndWithAClientCertificate() {
    Certificates pki = Certificates.make(directory.resolve("pki"));
    for (boolean mutual : List.of(false, true)) {
      Path place = directory.resolve("etcd" + mutual);
      try (EtcdServer server =
          mutual ? EtcdServer.mutualTls(place, pki) : EtcdServer.tls(place, pki)) {
        EtcdOptions options =
            new EtcdOptions(
                List.of(server.endpoint().toString()),
                "/net",
                mutual ? pki.client().key().toString() : "",
                mutual ? pki.client().certificate().toString() : "",
                pki.authority().toString(),
                "",
                new Secret(""),
                60);
        try (EtcdStore store = open(options)) {
          Lease lease = store.acquire(request(1));
          new Seen(store).await("ours", leases -> leases.containsKey(lease.subnet()));
        }
        try (EtcdStore store = open(EtcdPlace.options("/net", 60, server.endpoint().toString()))) {
          assertThatThrownBy(() -> store.acquire(request(1)))
              .hasMessageContaining(server.endpoint().toString());
        }
      }
    }
  }

  @Test
  void ipv6EndpointsAreReached() {
    try (EtcdServer server = EtcdServer.ipv6(directory);
        EtcdStore store = open(EtcdPlace.options("/net", 60, server.endpoint().toString()))) {
      assertThat(store.acquire(request(1)).subnet()).isNotNull();
      assertThatThrownBy(store::netConf).hasMessageContaining("has no key /net/config");
    }
  }
}
