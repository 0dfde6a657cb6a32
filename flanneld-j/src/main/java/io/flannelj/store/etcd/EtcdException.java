package io.flannelj.store.etcd;

import java.io.IOException;

/** etcd did not do what was asked: it could not be reached, or it refused. */
final class EtcdException extends IOException {
  private static final long serialVersionUID = 1;
  // google.rpc.Code
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;
  private static final int UNREACHED = -1;

  private final int code;

  private EtcdException(int code, String message) {
    super(message);
    this.code = code;
  }

  /** It did not answer, or not in time. */
  static EtcdException unreached(String why) {
    return new EtcdException(UNREACHED, why);
  }

  /** It answered with an error. */
  static EtcdException refused(int code, String text) {
    return new EtcdException(code, text);
  }

  /** The same with the member's URL. */
  EtcdException at(String url) {
    return new EtcdException(code, url + " (it says: " + getMessage() + ")");
  }

  /** Whether another member may do what this one did not. */
  boolean isOfMember() {
    return code == UNREACHED || code == UNAVAILABLE || code == DEADLINE_EXCEEDED;
  }

  /** Whether our token has run out, or users have been changed since it was given. */
  boolean isOfToken() {
    String text = String.valueOf(getMessage());
    return code == UNAUTHENTICATED
        || text.contains("invalid auth token")
        || text.contains("revision of auth store is old")
        || text.contains("user name is empty");
  }
}
