package io.flannelj.cni.server;

/** The launcher ended, or was killed, while its call was running. */
public final class CallerGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Names what could not be done any more. */
  public CallerGoneException(String operation) {
    super(operation + ": the caller is gone");
  }
}
