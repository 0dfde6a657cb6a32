package io.flannelj.reconcile;

import io.flannelj.desired.VxlanDevice;

/** The tunnel device, on which the other tables stand. */
public interface DeviceTable {
  /** What {@link #ensure} had to do. */
  enum Change {
    /** It was right. */
    NONE,
    /** Changed in place; what stands on it may be gone (a new MAC drops neighbours). */
    CHANGED,
    /** Made, or made anew: nothing stands on it. */
    MADE
  }

  /**
   * Makes the device right and sets it up.
   *
   * @throws RuntimeException naming the reason, if it cannot be: a foreign device has its name
   */
  Change ensure(VxlanDevice device);
}
