package io.flannelj.libc;

/**
 * A message whose descriptors the process could not take: it has no file descriptor left. The
 * kernel gave the bytes and dropped the descriptors from there on.
 */
public final class NoDescriptorLeftException extends NativeException {
  private static final long serialVersionUID = 1;

  private final byte[] bytes;

  NoDescriptorLeftException(byte[] bytes) {
    super("recvmsg", "SCM_RIGHTS", Errno.EMFILE.number());
    this.bytes = bytes;
  }

  /** The bytes of the message: they cannot be received again. */
  public byte[] bytes() {
    return bytes.clone();
  }
}
