package io.flannelj.reconcile;

import io.flannelj.desired.DesiredChange;

/** Where the reconciler learns what is desired. Called by the reconciling thread only. */
@FunctionalInterface
public interface DesiredSource {

  /** What changed since the last call, at first everything. */
  Update poll();

  /**
   * A change of what is desired.
   *
   * @param change what changed; may be empty
   * @param known whether there is a desired state at all: before there is, the kernel is left alone
   * @param complete whether all of it is known, so that what is ours and not desired may be removed
   */
  record Update(DesiredChange change, boolean known, boolean complete) {
    /** Before anything is known. */
    public static final Update UNKNOWN = new Update(DesiredChange.NONE, false, false);
  }
}
