package io.flannelj.status.metrics;

import java.util.List;

/**
 * Every metric there is, by the conventions of prometheus.io/docs/practices/naming. docs/metrics.md
 * lists the same; a test compares the two.
 */
public enum Metric {
  /** Build. */
  BUILD_INFO(Kind.GAUGE, "flannelj_build_info", "Always 1; the build that runs.", "version"),
  /** Readiness. */
  READY(Kind.GAUGE, "flannelj_ready", "1 if new pods get a working network, as /readyz says."),
  /** Store. */
  STORE_IN_SYNC(
      Kind.GAUGE,
      "flannelj_store_in_sync",
      "1 if all leases have been read and the store can be followed."),
  /** Leases. */
  LEASES(Kind.GAUGE, "flannelj_leases", "Leases in the store, our own included."),
  /** Refused leases. */
  REFUSED_LEASES(
      Kind.GAUGE,
      "flannelj_refused_leases",
      "Leases of other nodes that must not reach the kernel."),
  /** Lease's end. */
  LEASE_EXPIRY(
      Kind.GAUGE,
      "flannelj_lease_expiry_timestamp_seconds",
      "When our own lease ends unless renewed, Unix time; +Inf for a reservation."),
  /** Peers. */
  PEERS(Kind.GAUGE, "flannelj_peers", "Peers by how they are reached, tunnel or direct.", "path"),
  /** MTU. */
  DEVICE_MTU(
      Kind.GAUGE, "flannelj_device_mtu_bytes", "MTU that the tunnel device must have.", "device"),
  /** Objects per table. */
  TABLE_OBJECTS(
      Kind.GAUGE, "flannelj_table_objects", "Kernel objects that must exist, by table.", "table"),
  /** Failures per table. */
  TABLE_FAILED_OBJECTS(
      Kind.GAUGE,
      "flannelj_table_failed_objects",
      "Kernel objects that could not be brought about and are tried again, by table.",
      "table"),
  /** Repairs. */
  TABLE_REPAIRS(
      Kind.COUNTER,
      "flannelj_table_repairs_total",
      "Kernel objects put back or removed because somebody else had changed them, by table.",
      "table"),
  /** Rounds. */
  RECONCILE_DURATION(
      Kind.HISTOGRAM,
      "flannelj_reconcile_duration_seconds",
      "Rounds of the reconciler: full compares with the kernel, leases applies what changed.",
      "kind"),
  /** Rounds that failed. */
  RECONCILE_ERRORS(
      Kind.COUNTER,
      "flannelj_reconcile_errors_total",
      "Rounds that left something undone, by kind.",
      "kind"),
  /** Calls. */
  CNI_CALLS(
      Kind.COUNTER,
      "flannelj_cni_calls_total",
      "CNI calls served by the daemon, by verb and CNI error code, 0 for success.",
      "verb",
      "code"),
  /** Latency of calls. */
  CNI_CALL_DURATION(
      Kind.HISTOGRAM,
      "flannelj_cni_call_duration_seconds",
      "From the complete request to the answer, delegates that the launcher runs included.",
      "verb"),
  /** Reclaimed addresses. */
  RECLAIMED_ADDRESSES(
      Kind.COUNTER,
      "flannelj_ipam_reclaimed_addresses_total",
      "Pod addresses taken back from containers that ended without DEL."),
  /** CPU. */
  PROCESS_CPU(Kind.COUNTER, "process_cpu_seconds_total", "User and system CPU time of the daemon."),
  /** Memory. */
  PROCESS_MEMORY(
      Kind.GAUGE, "process_resident_memory_bytes", "Resident memory of the daemon (VmRSS)."),
  /** Descriptors. */
  PROCESS_FDS(Kind.GAUGE, "process_open_fds", "Open file descriptors of the daemon."),
  /** Start. */
  PROCESS_START(
      Kind.GAUGE, "process_start_time_seconds", "When the daemon was started, Unix time.");

  /** Prometheus' types. */
  public enum Kind {
    /** Only grows. */
    COUNTER,
    /** Grows and shrinks. */
    GAUGE,
    /** Buckets, sum and count. */
    HISTOGRAM
  }

  private final Kind kind;
  private final String text;
  private final String help;
  private final String labels;

  Metric(Kind kind, String text, String help, String... labels) {
    this.kind = kind;
    this.text = text;
    this.help = help;
    this.labels = String.join(",", labels);
  }

  /** Its type. */
  public Kind kind() {
    return kind;
  }

  /** The name on the page, {@code _total} included. */
  public String text() {
    return text;
  }

  /** What it says. */
  public String help() {
    return help;
  }

  /** Names of its labels. */
  public List<String> labels() {
    return labels.isEmpty() ? List.of() : List.of(labels.split(",", -1));
  }
}
