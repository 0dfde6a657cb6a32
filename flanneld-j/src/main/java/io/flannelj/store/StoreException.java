package io.flannelj.store;

/** The store cannot do what was asked; the text names the object and the remedy. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text for the operator. */
  public StoreException(String message) {
    super(message);
  }

  /** With a text for the operator and what caused it. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
