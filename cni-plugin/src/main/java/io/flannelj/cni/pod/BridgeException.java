package io.flannelj.cni.pod;

/** The bridge, or a name that an attachment needs, is not as the configuration wants it. */
public class BridgeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text that runtimes and operators read. */
  public BridgeException(String message) {
    super(message);
  }
}
