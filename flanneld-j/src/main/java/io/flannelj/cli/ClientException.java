package io.flannelj.cli;

/** A client command could not ask the daemon; the text says why and what to do. */
public final class ClientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text for the operator. */
  public ClientException(String message) {
    super(message);
  }
}
