package io.flannelj.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kit itself: what tests of the etcd store rely on. */
@RequiresEtcd
class EtcdServerTest {
  @TempDir private Path directory;

  @Test
  void keepsItsKeysAndItsPortOverAStopAndAKill() {
    try (EtcdServer etcd = EtcdServer.plain(directory)) {
      etcd.put("/coreos.com/network/config", "{}");
      etcd.put("/coreos.com/network/subnets/10.244.1.0-24", "{\"PublicIP\":\"192.0.2.1\"}");
      String endpoint = etcd.endpoint().toString();
      etcd.stop();
      etcd.start();
      etcd.kill();
      etcd.start();

      assertThat(etcd.endpoint()).hasToString(endpoint);
      assertThat(etcd.get("/coreos.com/network/config")).contains("{}");
      assertThat(etcd.keys("/coreos.com/network/subnets/"))
          .isEqualTo(List.of("/coreos.com/network/subnets/10.244.1.0-24"));
      etcd.delete("/coreos.com/network/config");
      assertThat(etcd.get("/coreos.com/network/config")).isEmpty();
    }
  }

  @Test
  void compactionForgetsOldRevisions() {
    try (EtcdServer etcd = EtcdServer.ipv6(directory)) {
      etcd.put("key", "old");
      long old = etcd.revision();
      etcd.put("key", "new");
      assertThat(etcd.etcdctl("get", "--rev", Long.toString(old), "key")).isEqualTo("key\nold\n");

      etcd.compact();

      assertThatThrownBy(() -> etcd.etcdctl("get", "--rev", Long.toString(old), "key"))
          .hasMessageContaining("required revision has been compacted");
      assertThat(etcd.get("key")).contains("new");
    }
  }

  @Test
  void clientsNeedTheirCertificateWhereItIsAskedFor() {
    Certificates certificates = Certificates.make(directory.resolve("certificates"));
    Certificates others = Certificates.make(directory.resolve("others"));
    try (EtcdServer etcd = EtcdServer.mutualTls(directory.resolve("etcd"), certificates)) {
      etcd.put("key", "value");
      assertThat(etcd.get("key")).contains("value");
      assertThatThrownBy(
              () ->
                  etcd.etcdctl(
                      "--cert=" + others.client().certificate(),
                      "--key=" + others.client().key(),
                      "--dial-timeout=1s",
                      "--command-timeout=1s",
                      "get",
                      "key"))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void userHasHisPrefixAndNoMore() {
    Certificates certificates = Certificates.make(directory.resolve("certificates"));
    try (EtcdServer etcd = EtcdServer.tls(directory.resolve("etcd"), certificates)) {
      etcd.requirePassword("roots", "flannel", "secret", "/coreos.com/");
      etcd.put("/registry/x", "not flannel's");

      assertThat(etcd.etcdctl("--user=flannel:secret", "put", "/coreos.com/x", "y"))
          .isEqualTo("OK\n");
      assertThatThrownBy(() -> etcd.etcdctl("--user=flannel:secret", "get", "/registry/x"))
          .hasMessageContaining("permission denied");
      assertThatThrownBy(() -> etcd.etcdctl("--user=flannel:wrong", "get", "/coreos.com/x"))
          .hasMessageContaining("authentication failed");
    }
  }
}
