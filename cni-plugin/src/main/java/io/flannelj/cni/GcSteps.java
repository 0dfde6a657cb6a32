package io.flannelj.cni;

import io.flannelj.libc.NativeException;
import java.util.ArrayList;
import java.util.List;

/** Steps of a GC: every one is tried, and what failed is told at the end. */
public final class GcSteps {
  private final List<String> failures = new ArrayList<>();

  /** Failures of others do not keep a step from being tried. */
  public void attempt(Runnable step) {
    try {
      step.run();
    } catch (CniError | NativeException e) {
      failures.add(String.valueOf(e.getMessage()));
    }
  }

  /**
   * To be called last.
   *
   * @throws CniError code 999 with all that failed
   */
  public void finish() {
    if (!failures.isEmpty()) {
      throw new CniError(CniError.INTERNAL, "GC left something: " + String.join("; ", failures));
    }
  }
}
