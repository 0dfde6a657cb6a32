package io.flannelj.cni;

import java.util.Map;

/** Executes plugins that are not ours, where the runtime would have executed them. */
public interface ForeignPlugins {
  /**
   * Runs one with the environment of the present call.
   *
   * @param type the executable's name, looked up in the caller's CNI_PATH
   * @param command value of CNI_COMMAND
   * @param stdin its whole configuration
   * @param extraEnvironment variables to add or to replace
   * @return what it left, also if it failed
   * @throws CniError if it is not found, cannot be run or was killed by a signal
   */
  CniAnswer execute(
      String type, String command, byte[] stdin, Map<String, String> extraEnvironment);
}
