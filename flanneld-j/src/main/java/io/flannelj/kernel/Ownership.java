package io.flannelj.kernel;

/** The numbers by which a process without memory recognises its own routes and neighbours. */
public final class Ownership {
  /** RTPROT_* of our routes, NDA_PROTOCOL of our neighbours: in the range free for daemons. */
  public static final int PROTOCOL = 0x66;

  /** RTPROT_BOOT: what {@code ip route add} and Go flannel leave on theirs. */
  public static final int RTPROT_BOOT = 3;

  private Ownership() {}
}
