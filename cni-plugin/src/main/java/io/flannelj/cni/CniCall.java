package io.flannelj.cni;

import java.util.Map;

/**
 * One execution of a plugin, as a runtime makes it.
 *
 * @param plugin name the executable was called by, {@code flannel}
 * @param environment the variables whose names begin with {@code CNI_}
 * @param stdin the network configuration, JSON
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and stdin may be a megabyte
public record CniCall(String plugin, Map<String, String> environment, byte[] stdin) {
  /** Copies the map. */
  public CniCall {
    environment = Map.copyOf(environment);
  }

  /** The verb, empty if there is none. */
  public String command() {
    return environment.getOrDefault("CNI_COMMAND", "");
  }
}
