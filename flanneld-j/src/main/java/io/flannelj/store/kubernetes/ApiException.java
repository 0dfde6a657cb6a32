package io.flannelj.store.kubernetes;

import java.io.IOException;

/** The API server cannot be reached, or it refuses; the text names the request and the remedy. */
final class ApiException extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final long retryMillis;

  /**
   * An answer that is a refusal.
   *
   * @param status HTTP's, 0: there was no answer
   * @param retryMillis how long the server wants to be left alone, 0: it does not say
   */
  ApiException(int status, long retryMillis, String message) {
    super(message);
    this.status = status;
    this.retryMillis = retryMillis;
  }

  int status() {
    return status;
  }

  long retryMillis() {
    return retryMillis;
  }
}
