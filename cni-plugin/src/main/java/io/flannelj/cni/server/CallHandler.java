package io.flannelj.cni.server;

/** Carries out CNI calls. Runs on worker threads, several at a time, and may block. */
@FunctionalInterface
public interface CallHandler {
  /**
   * Carries out one call. An error of the plugin is an answer with status 1 and an error object.
   *
   * @throws RuntimeException a defect: the server answers with code 999 and logs it
   */
  Answer handle(ServedCall call);
}
