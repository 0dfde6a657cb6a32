package io.flannelj.status.metrics;

import io.flannelj.cni.server.CallMeter;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** CNI calls since the start, by verb and code. */
public final class CallCounts implements CallMeter {
  private static final Set<String> VERBS = Set.of("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION");
  // Codes of foreign plugins are passed on, so anybody may invent some.
  private static final int MOST_COUNTERS = 200;
  private static final int OTHER_CODE = -1;

  private final Map<Outcome, LongAdder> counts = new ConcurrentHashMap<>();
  private final Map<String, Histogram> durations = new ConcurrentHashMap<>();

  private record Outcome(String verb, int code) {}

  @Override
  public void ended(String verb, int code, long nanos) {
    String known = VERBS.contains(verb) ? verb : "other";
    Outcome outcome = new Outcome(known, code);
    LongAdder count = counts.get(outcome);
    if (count == null) {
      Outcome bounded = counts.size() < MOST_COUNTERS ? outcome : new Outcome(known, OTHER_CODE);
      count = counts.computeIfAbsent(bounded, key -> new LongAdder());
    }
    count.increment();
    durations.computeIfAbsent(known, key -> new Histogram()).add(nanos);
  }

  void writeTo(MetricsText text) {
    Map<String, Map<Integer, Long>> sorted = new TreeMap<>();
    counts.forEach(
        (outcome, count) ->
            sorted
                .computeIfAbsent(outcome.verb(), verb -> new TreeMap<>())
                .put(outcome.code(), count.sum()));
    sorted.forEach(
        (verb, codes) ->
            codes.forEach(
                (code, count) ->
                    text.add(
                        Metric.CNI_CALLS,
                        count,
                        verb,
                        code == OTHER_CODE ? "other" : code.toString())));
    new TreeMap<>(durations)
        .forEach((verb, histogram) -> text.add(Metric.CNI_CALL_DURATION, histogram, verb));
  }
}
