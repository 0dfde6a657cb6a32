package io.flannelj.kernel;

/** The VXLAN device's present interface index; set by the device table, read by the others. */
public final class DeviceIndex {
  private volatile int index;

  /** 0 until the device is there. */
  public int get() {
    return index;
  }

  void set(int present) {
    index = present;
  }
}
