package io.flannelj.status;

import io.flannelj.desired.DesiredState;
import io.flannelj.lease.Lease;
import io.flannelj.lease.LeaseSnapshot;
import io.flannelj.lease.Refusal;
import io.flannelj.reconcile.TableStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The daemon at one moment; immutable, published by the reconciling thread.
 *
 * @param node this node's name
 * @param problem why the node's network is not as it should be, empty if it is
 * @param storeProblem what is wrong between node and store, a line each, empty if all is well
 * @param lease our own lease
 * @param leases all leases
 * @param desired what must exist, by family
 * @param refused other nodes' leases, or halves of them, that must not reach the kernel
 * @param tables how the kernel's tables stand
 * @param everReady whether subnet.env was written by this process
 * @param since when the problem last changed
 * @param limits what does not work for want of something in the kernel
 * @param remarks what of other programs is in the way, with the command that mends it
 */
public record DaemonStatus(
    String node,
    String problem,
    String storeProblem,
    Optional<Lease> lease,
    LeaseSnapshot leases,
    List<DesiredState> desired,
    List<Refusal> refused,
    List<TableStatus> tables,
    boolean everReady,
    Instant since,
    List<String> limits,
    List<String> remarks) {

  /** Before anything is known. */
  public static DaemonStatus starting(String node, Instant now) {
    return new DaemonStatus(
        node,
        "starting",
        "",
        Optional.empty(),
        LeaseSnapshot.UNKNOWN,
        List.of(),
        List.of(),
        List.of(),
        false,
        now,
        List.of(),
        List.of());
  }

  /** Whether new pods get a working network. */
  public boolean isReady() {
    return everReady && problem.isEmpty();
  }

  /** How many leases must not reach the kernel, be it only one half of them. */
  public long refusedLeases() {
    return refused.stream().map(Refusal::lease).distinct().count();
  }

  /** The same with another problem. */
  public DaemonStatus withProblem(String text, Instant now) {
    return new DaemonStatus(
        node,
        text,
        storeProblem,
        lease,
        leases,
        desired,
        refused,
        tables,
        everReady,
        text.equals(problem) ? since : now,
        limits,
        remarks);
  }

  /** The same with another state of the store. */
  public DaemonStatus withStoreProblem(String text) {
    return new DaemonStatus(
        node, problem, text, lease, leases, desired, refused, tables, everReady, since, limits,
        remarks);
  }
}
