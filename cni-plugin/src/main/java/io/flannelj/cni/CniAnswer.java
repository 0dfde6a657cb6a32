package io.flannelj.cni;

/**
 * What an execution of a plugin leaves.
 *
 * @param exitStatus 0 for success
 * @param stdout the result or the error object; empty for verbs without a result
 * @param stderr text for the runtime's log
 */
public record CniAnswer(int exitStatus, String stdout, String stderr) {
  /** Whether the exit status is 0. */
  public boolean isSuccess() {
    return exitStatus == 0;
  }
}
