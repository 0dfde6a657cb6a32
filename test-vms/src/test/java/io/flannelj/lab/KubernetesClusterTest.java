package io.flannelj.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of real Kubernetes, kubelet and containerd on our pod network: {@code lab kubernetes}
 * with fewer pods.
 */
@Tag("netns")
@Tag("kubernetes")
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class KubernetesClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(590);

  @TempDir private Path scratch;

  /** The programs that neither this project nor a JDK brings. */
  private static void assumePrograms() {
    String built =
        Optional.ofNullable(System.getenv("FLANNELJ_SERVERS"))
            .orElse("/var/cache/flannel-j/servers");
    for (String name :
        List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")) {
      assumeTrue(
          Files.isExecutable(Path.of(built, "bin", name)),
          "SKIPPED: no " + name + ": test-vms/servers/build " + name + " (needs Go)");
    }
    for (String name : List.of("etcd", "etcdctl", "containerd", "runc", "openssl")) {
      assumeTrue(
          Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
              .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))),
          "SKIPPED: no " + name + ": apt-get install etcd-server etcd-client containerd openssl");
    }
  }

  @Test
  void podsOfARealClusterWorkOnOurNetworkAndNothingOfThemIsLeft() throws Exception {
    Lab.assumePossible();
    assumePrograms();

    Lab.Result cluster = new Lab("lab", scratch).within(PATIENCE).run("kubernetes", "--pods", "10");

    assertThat(cluster.status()).as(cluster.text()).isZero();
    assertThat(cluster.text())
        .contains("all worked, and all was removed", "30 pods run after")
        .doesNotContain("FAILED");
  }
}
