package io.flannelj.cni.server;

import java.util.Map;
import java.util.Optional;

/**
 * A foreign plugin that the launcher is to run where the runtime would have: frame EXECUTE,
 * docs/cni-socket.md section 2.6.
 *
 * @param type its type, looked for in the caller's own CNI_PATH
 * @param stdin its standard input, at most 2 MiB
 * @param command replaces CNI_COMMAND
 * @param environment added to or replacing the launcher's variables
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and may be a megabyte
public record Execution(
    String type, byte[] stdin, Optional<String> command, Map<String, String> environment) {
  /** Largest standard input in bytes. */
  public static final int STDIN_LIMIT = 2 << 20;

  /** Checks the size of standard input. */
  public Execution {
    if (stdin.length > STDIN_LIMIT) {
      throw new IllegalArgumentException(
          "standard input of plugin "
              + type
              + " has "
              + stdin.length
              + " bytes, 2 MiB are allowed");
    }
  }

  /** With the verb and the environment of the call that it is part of. */
  public static Execution of(String type, byte[] stdin) {
    return new Execution(type, stdin, Optional.empty(), Map.of());
  }

  byte[] encode() {
    FrameWriter writer = new FrameWriter(FrameKind.EXECUTE).text(SectionType.PLUGIN, type);
    command.ifPresent(verb -> writer.text(SectionType.COMMAND, verb));
    environment.forEach((name, value) -> writer.text(SectionType.ENV, name + "=" + value));
    return writer.bytes(SectionType.STDIN, stdin).finish();
  }
}
