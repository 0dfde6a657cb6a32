package io.flannelj.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a call, checked for its verb. Absent ones are empty texts.
 *
 * @param command CNI_COMMAND: the verb
 * @param containerId CNI_CONTAINERID
 * @param netns CNI_NETNS: a path
 * @param ifName CNI_IFNAME: name of the interface inside the container
 * @param args CNI_ARGS: {@code K=V;K=V}, see {@link CniArgs}
 * @param path CNI_PATH: directories of executables, joined by colons
 * @param netnsOverride whether CNI_NETNS may be the host's own namespace
 */
public record CniEnvironment(
    String command,
    String containerId,
    String netns,
    String ifName,
    String args,
    String path,
    boolean netnsOverride) {

  private static final int LONGEST_IFNAME = 15;

  /**
   * Reads and checks the variables in the order of the reference library: a bad value fails at
   * once, what is missing is collected.
   *
   * @throws CniError code 3 or 4
   */
  public static CniEnvironment of(Map<String, String> variables) {
    String command = variables.getOrDefault("CNI_COMMAND", "");
    boolean attachment = command.equals("ADD") || command.equals("DEL") || command.equals("CHECK");
    boolean known = attachment || command.equals("GC") || command.equals("STATUS");
    List<String> missing = new ArrayList<>();
    if (command.isEmpty()) {
      missing.add("CNI_COMMAND");
    }
    String containerId = required(variables, "CNI_CONTAINERID", attachment, missing);
    if (attachment && !containerId.isEmpty()) {
      checkContainerId(containerId);
    }
    String netns = required(variables, "CNI_NETNS", attachment && !command.equals("DEL"), missing);
    String ifName = required(variables, "CNI_IFNAME", attachment, missing);
    if (attachment && !ifName.isEmpty()) {
      checkIfName(ifName);
    }
    String path = required(variables, "CNI_PATH", known, missing);
    if (!missing.isEmpty()) {
      throw new CniError(
          CniError.INVALID_ENVIRONMENT,
          "required env variables [" + String.join(",", missing) + "] missing");
    }
    String override = variables.getOrDefault("CNI_NETNS_OVERRIDE", "");
    return new CniEnvironment(
        command,
        containerId,
        netns,
        ifName,
        variables.getOrDefault("CNI_ARGS", ""),
        path,
        override.equals("1") || override.equalsIgnoreCase("true"));
  }

  /** The same with another verb. */
  public CniEnvironment withCommand(String verb) {
    return new CniEnvironment(verb, containerId, netns, ifName, args, path, netnsOverride);
  }

  /** The same without a namespace. */
  CniEnvironment withoutNetns() {
    return new CniEnvironment(command, containerId, "", ifName, args, path, netnsOverride);
  }

  private static String required(
      Map<String, String> variables, String name, boolean required, List<String> missing) {
    String value = variables.getOrDefault(name, "");
    if (value.isEmpty() && required) {
      missing.add(name);
    }
    return value;
  }

  private static void checkContainerId(String id) {
    if (!isName(id)) {
      throw new CniError(CniError.INVALID_ENVIRONMENT, "invalid characters in containerID", id);
    }
  }

  /** An alphanumeric character, then those, {@code _}, {@code .} and {@code -}. */
  static boolean isName(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && (i == 0 || (c != '_' && c != '.' && c != '-'))) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static void checkIfName(String name) {
    if (name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > LONGEST_IFNAME) {
      throw new CniError(
          CniError.INVALID_ENVIRONMENT,
          "interface name is too long",
          name + ": interface name should be less than 16 characters");
    }
    if (name.equals(".") || name.equals("..")) {
      throw new CniError(CniError.INVALID_ENVIRONMENT, "interface name is . or ..", name);
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      // No variable of a process holds a NUL, but a frame on the socket can.
      if (c == '/' || c == ':' || c == '\0' || isUnicodeSpace(c)) {
        throw new CniError(
            CniError.INVALID_ENVIRONMENT,
            "interface name contains / or : or whitespace characters",
            name);
      }
    }
  }

  /** The property White_Space, as Go's unicode.IsSpace. */
  private static boolean isUnicodeSpace(char c) {
    return (c >= '\t' && c <= '\r') || c == '\u0085' || Character.isSpaceChar(c);
  }
}
