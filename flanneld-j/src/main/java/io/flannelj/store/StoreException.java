package io.flannelj.store;

/** The store cannot do what was asked; the text names the object and the remedy. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text for the operator. */
  public StoreException(String message) {
    super(message);
  }

  /** Of a store that does not answer. */
  public static StoreException silent(String store, long seconds) {
    return new StoreException(
        "store "
            + store
            + " does not answer within "
            + seconds
            + " s: a file system that hangs? findmnt tells which one it is (--store-dir)");
  }

  /** With a text for the operator and what caused it. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
