package io.flannelj.netlink;

import io.flannelj.libc.Errno;
import io.flannelj.libc.NativeException;

/** The kernel refused a netlink request. */
public final class NetlinkException extends NativeException {
  private static final long serialVersionUID = 1;

  private final String operation;
  private final String extAck;

  /**
   * With the text {@code operation: ERRNO (text): kernel's words}.
   *
   * @param operation of the request
   * @param number positive error number
   * @param extAck the kernel's extended acknowledgement text, empty if it gave none
   */
  public NetlinkException(String operation, int number, String extAck) {
    super(
        operation + ": " + describe(number) + (extAck.isEmpty() ? "" : ": " + extAck),
        Errno.of(number));
    this.operation = operation;
    this.extAck = extAck;
  }

  /** The request's words. */
  public String operation() {
    return operation;
  }

  /** The kernel's own text (NLMSGERR_ATTR_MSG), empty if it gave none. */
  public String extAck() {
    return extAck;
  }
}
