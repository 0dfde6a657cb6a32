package io.flannelj.status.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.net.IpAddress;
import io.flannelj.net.IpPrefix;
import io.flannelj.reconcile.TableStatus;
import io.flannelj.status.DaemonStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsPageTest {
  private final CallCounts calls = new CallCounts();
  private final RoundCounts rounds = new RoundCounts();

  private String page(DaemonStatus status) {
    return new MetricsPage("1.2.3", calls, rounds, () -> 7).print(status);
  }

  private static DaemonStatus starting() {
    return DaemonStatus.starting("node1", Instant.EPOCH);
  }

  /** The document is what operators write their rules by. */
  @Test
  void theDocumentListsExactlyTheMetricsThatExist() throws IOException {
    Path document =
        Path.of(System.getProperty("maven.multiModuleProjectDirectory", ".."), "docs/metrics.md");
    List<String> documented =
        Files.readAllLines(document).stream().filter(line -> line.startsWith("| `")).toList();
    assertThat(documented)
        .containsExactlyElementsOf(
            Arrays.stream(Metric.values()).map(MetricsPageTest::row).toList());
  }

  private static String row(Metric metric) {
    String labels =
        metric.labels().stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "));
    return "| `"
        + metric.text()
        + "` | "
        + metric.kind().name().toLowerCase(Locale.ROOT)
        + " | "
        + labels
        + " | "
        + metric.help()
        + " |";
  }

  @Test
  void namesFollowTheConventions() {
    for (Metric metric : Metric.values()) {
      assertThat(metric.text()).matches("(flannelj|process)_[a-z_]+");
      assertThat(metric.text().endsWith("_total"))
          .as("%s is a counter if it ends in _total", metric.text())
          .isEqualTo(metric.kind() == Metric.Kind.COUNTER);
      assertThat(metric.text()).doesNotContain("milli").doesNotContain("_ms");
    }
  }

  @Test
  void callsAreCountedByVerbAndCodeAndTheirDurationsFallIntoBuckets() {
    calls.ended("ADD", 0, 1_500_000);
    calls.ended("ADD", 0, 40_000_000);
    calls.ended("ADD", 11, 60_000_000_000L);
    calls.ended("rm -rf", 4, 1);
    assertThat(page(starting()))
        .contains("flannelj_cni_calls_total{code=\"0\",verb=\"ADD\"} 2.0")
        .contains("flannelj_cni_calls_total{code=\"11\",verb=\"ADD\"} 1.0")
        .contains("flannelj_cni_calls_total{code=\"4\",verb=\"other\"} 1.0")
        .contains("flannelj_cni_call_duration_seconds_bucket{verb=\"ADD\",le=\"0.001\"} 0")
        .contains("flannelj_cni_call_duration_seconds_bucket{verb=\"ADD\",le=\"0.002\"} 1")
        .contains("flannelj_cni_call_duration_seconds_bucket{verb=\"ADD\",le=\"30.0\"} 2")
        .contains("flannelj_cni_call_duration_seconds_bucket{verb=\"ADD\",le=\"+Inf\"} 3")
        .contains("flannelj_cni_call_duration_seconds_count{verb=\"ADD\"} 3")
        .contains("flannelj_cni_call_duration_seconds_sum{verb=\"ADD\"} 60.0415");
  }

  @Test
  void codesThatForeignPluginsInventDoNotMakeMetricsWithoutEnd() {
    for (int code = 1000; code < 3000; code++) {
      calls.ended("ADD", code, 1);
    }
    assertThat(page(starting()).lines().filter(line -> line.startsWith("flannelj_cni_calls_total")))
        .hasSizeLessThan(250)
        .anyMatch(line -> line.contains("code=\"other\"") && line.endsWith(" 1800.0"));
  }

  @Test
  void roundsAndRepairs() {
    rounds.round(false, 30_000_000, true);
    rounds.round(true, 700_000, false);
    rounds.repaired(
        List.of(new TableStatus("route", 9, 0, 2, ""), new TableStatus("fdb", 9, 0, 0, "")));
    assertThat(page(starting()))
        .contains("flannelj_reconcile_duration_seconds_count{kind=\"full\"} 1")
        .contains("flannelj_reconcile_duration_seconds_count{kind=\"leases\"} 1")
        .contains("flannelj_reconcile_errors_total{kind=\"full\"} 0.0")
        .contains("flannelj_reconcile_errors_total{kind=\"leases\"} 1.0")
        .contains("flannelj_table_repairs_total{table=\"route\"} 2.0")
        .doesNotContain("table=\"fdb\"");
  }

  @Test
  void theStatusIsTold() {
    IpPrefix subnet = IpPrefix.parse("10.244.1.0/24");
    Lease own =
        new Lease(
            "node1",
            subnet,
            IpAddress.parse("192.0.2.1"),
            "vxlan",
            1,
            Optional.empty(),
            1_764_080_000_000L);
    DaemonStatus before = starting();
    DaemonStatus status =
        new DaemonStatus(
            "node1",
            "",
            "",
            Optional.of(own),
            new LeaseSnapshot(1, true, Map.of(subnet, own)),
            before.desired(),
            List.of(),
            List.of(new TableStatus("route", 9, 3, 0, "ENOBUFS")),
            true,
            Instant.EPOCH,
            List.of(),
            List.of());
    assertThat(page(status))
        .contains("flannelj_ready 1.0")
        .contains("flannelj_store_in_sync 1.0")
        .contains("flannelj_leases 1.0")
        .contains("flannelj_lease_expiry_timestamp_seconds 1.76408E9")
        .contains("flannelj_table_objects{table=\"route\"} 9.0")
        .contains("flannelj_table_failed_objects{table=\"route\"} 3.0")
        .contains("flannelj_ipam_reclaimed_addresses_total 7.0")
        .contains("flannelj_build_info{version=\"1.2.3\"} 1.0");
    assertThat(page(status.withStoreProblem("gone"))).contains("flannelj_store_in_sync 0.0");
    assertThat(page(before)).contains("flannelj_ready 0.0").contains("flannelj_store_in_sync 0.0");
  }
}
