package io.flannelj.status.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One scrape in Prometheus' text format. The only class that knows client_java: its classes are
 * loaded by the first scrape, never by the start of the daemon.
 */
final class MetricsText {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final String TOTAL = "_total";

  private final Map<Metric, List<CounterDataPointSnapshot>> counters = new EnumMap<>(Metric.class);
  private final Map<Metric, List<GaugeDataPointSnapshot>> gauges = new EnumMap<>(Metric.class);
  private final Map<Metric, List<HistogramDataPointSnapshot>> histograms =
      new EnumMap<>(Metric.class);

  /** Adds a counter or gauge. */
  void add(Metric metric, Number value, String... labelValues) {
    Labels labels = labels(metric, labelValues);
    if (metric.kind() == Metric.Kind.COUNTER) {
      counters
          .computeIfAbsent(metric, key -> new ArrayList<>())
          .add(
              CounterDataPointSnapshot.builder().labels(labels).value(value.doubleValue()).build());
    } else {
      gauges
          .computeIfAbsent(metric, key -> new ArrayList<>())
          .add(GaugeDataPointSnapshot.builder().labels(labels).value(value.doubleValue()).build());
    }
  }

  /** Adds a histogram. */
  void add(Metric metric, Histogram histogram, String... labelValues) {
    histograms
        .computeIfAbsent(metric, key -> new ArrayList<>())
        .add(
            HistogramDataPointSnapshot.builder()
                .labels(labels(metric, labelValues))
                .classicHistogramBuckets(
                    ClassicHistogramBuckets.of(Histogram.boundsSeconds(), histogram.counts()))
                .sum(histogram.sumSeconds())
                .build());
  }

  private static Labels labels(Metric metric, String... values) {
    return Labels.of(metric.labels().toArray(new String[0]), values);
  }

  /** The page. */
  String print() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    counters.forEach(
        (metric, points) -> snapshots.add(new CounterSnapshot(metadata(metric), points)));
    gauges.forEach((metric, points) -> snapshots.add(new GaugeSnapshot(metadata(metric), points)));
    histograms.forEach(
        (metric, points) -> snapshots.add(new HistogramSnapshot(metadata(metric), points)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create()
          .write(bytes, new MetricSnapshots(snapshots), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException("write to memory", e);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static MetricMetadata metadata(Metric metric) {
    String name = metric.text();
    // The format's writer puts the ending of counters back.
    return new MetricMetadata(
        name.endsWith(TOTAL) ? name.substring(0, name.length() - TOTAL.length()) : name,
        metric.help());
  }
}
