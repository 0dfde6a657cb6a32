package io.flannelj.desired;

/**
 * Who installed a route or a neighbour: rtm_protocol and NDA_PROTOCOL.
 *
 * @param number RTPROT_* of linux/rtnetlink.h, 0 to 255
 */
public record RouteProtocol(int number) {
  /** What neighbours carry that nobody tagged. */
  public static final RouteProtocol UNSPEC = new RouteProtocol(0);

  /** What {@code ip route add} leaves on a route, and so Go flannel. */
  public static final RouteProtocol BOOT = new RouteProtocol(3);

  /**
   * Ours: 102, the letter f. Not in iproute2's rt_protos and not used by a routing daemon known to
   * us, so a process without memory recognises its own objects by it.
   */
  public static final RouteProtocol FLANNELJ = new RouteProtocol(102);

  /** Checks the range. */
  public RouteProtocol {
    if (number < 0 || number > 255) {
      throw new IllegalArgumentException("route protocol " + number + " is not within 0..255");
    }
  }

  @Override
  public String toString() {
    return equals(BOOT) ? "boot" : Integer.toString(number);
  }
}
