package io.flannelj.testkit;

import io.flannelj.libc.Errno;

/** The fake kernel says no. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Errno errno;
  private final String text;

  Refusal(Errno errno, String text) {
    super(errno + " " + text, null, false, false);
    this.errno = errno;
    this.text = text;
  }

  Refusal(Errno errno) {
    this(errno, "");
  }

  Errno errno() {
    return errno;
  }

  /** The extended acknowledgement, empty: none. */
  String text() {
    return text;
  }
}
