package io.flannelj.lease;

/** A lease's key or value is not what flannel writes; the text says which part and why. */
public final class MalformedLeaseException extends Exception {
  private static final long serialVersionUID = 1;

  /** With what is wrong. */
  public MalformedLeaseException(String message) {
    super(message);
  }

  /** With what is wrong and what found it. */
  public MalformedLeaseException(String message, Throwable cause) {
    super(message, cause);
  }
}
