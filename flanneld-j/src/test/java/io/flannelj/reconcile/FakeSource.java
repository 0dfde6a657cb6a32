package io.flannelj.reconcile;

import io.flannelj.desired.DesiredChange;
import io.flannelj.desired.DesiredState;

/** A desired state that a test sets. */
final class FakeSource implements DesiredSource {
  private DesiredState told = DesiredState.EMPTY;
  private DesiredState wanted = DesiredState.EMPTY;
  private boolean known;
  private boolean complete;

  void want(DesiredState state, boolean isComplete) {
    wanted = state;
    known = true;
    complete = isComplete;
  }

  DesiredState wanted() {
    return wanted;
  }

  @Override
  public Update poll() {
    DesiredChange change = DesiredChange.between(told, wanted);
    told = wanted;
    return new Update(change, known, complete);
  }
}
