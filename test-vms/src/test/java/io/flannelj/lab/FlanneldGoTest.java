package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real Go flanneld and this daemon in one cluster, and a node switched from one to the other
 * and back under load: {@code lab go-flannel}.
 */
@Tag("netns")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class FlanneldGoTest {
  @TempDir private Path scratch;

  private static void assumePrograms(String store) {
    Path servers =
        Path.of(
            Optional.ofNullable(System.getenv("FLANNELJ_SERVERS"))
                .orElse("/var/cache/flannel-j/servers"));
    String flanneld = System.getenv("FLANNELD_GO");
    assumeTrue(
        Files.isExecutable(flanneld == null ? servers.resolve("bin/flanneld") : Path.of(flanneld)),
        "SKIPPED: no Go flanneld: FLANNELD_GO names one, or test-vms/servers/build flanneld");
    if (store.equals("kubernetes")) {
      assumeTrue(
          Files.isExecutable(servers.resolve("bin/kube-apiserver")),
          "SKIPPED: no kube-apiserver: test-vms/servers/build kube-apiserver kubectl (needs Go)");
    }
    for (String name : List.of("etcd", "etcdctl", "openssl", "iptables-legacy")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))),
          "SKIPPED: no " + name + ": apt-get install etcd-server etcd-client openssl iptables");
    }
  }

  @ParameterizedTest(name = "store {0}, rules by {1}, {2}")
  @CsvSource({"etcd, iptables, dual", "etcd, legacy, ipv4", "kubernetes, nftables, ipv4"})
  void podsReachEachOtherAndANodeIsSwitchedBothWays(String store, String rules, String family)
      throws Exception {
    Lab.assumePossible();
    assumePrograms(store);

    Lab.Result result =
        new Lab("lab", scratch)
            .run("go-flannel", "--store", store, "--rules", rules, "--family", family);

    assertThat(result.status()).as(result.text()).isZero();
    assertThat(result.text())
        .contains("all worked, and all was removed", "while flannel-j took over (0 of")
        .doesNotContain("FAILED");
  }
}
