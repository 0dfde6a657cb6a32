package io.flannelj.netlink.codec;

/**
 * Bytes from the kernel that are not what the family's format says; the message names the place.
 */
public final class DecodeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With a text that names the structure or attribute and what is wrong with it. */
  public DecodeException(String message) {
    super(message);
  }

  /** The same failure seen one level further out: {@code context: cause}. */
  public DecodeException(String context, DecodeException cause) {
    super(context + ": " + cause.getMessage(), cause);
  }
}
