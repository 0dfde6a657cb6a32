package io.flannelj.status;

import io.flannelj.cni.Availability;

/** What the verb STATUS of the flannel plugin tells of the daemon. */
public final class NetworkAvailability {
  private NetworkAvailability() {}

  /**
   * Before the first subnet.env no pod gets an address: 50. Afterwards one would be attached to a
   * network that is not whole, as those are that run already: 51.
   */
  public static Availability of(DaemonStatus status) {
    return of(status.everReady(), status.problem(), status.storeProblem());
  }

  static Availability of(boolean everReady, String problem, String storeProblem) {
    if (everReady && problem.isEmpty()) {
      return new Availability.Available();
    }
    String reason = problem.isEmpty() ? "subnet.env is not written yet" : problem;
    if (!storeProblem.isEmpty() && !reason.contains(storeProblem)) {
      reason = reason + "; " + storeProblem;
    }
    return everReady ? new Availability.Limited(reason) : new Availability.NotAvailable(reason);
  }
}
