package io.flannelj.cni.server;

/** The peer sent bytes that docs/cni-socket.md does not allow; the connection ends. */
final class MalformedFrameException extends Exception {
  private static final long serialVersionUID = 1;

  MalformedFrameException(String message) {
    super(message);
  }
}
