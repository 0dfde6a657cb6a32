package io.flannelj.cni.server;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A CNI call as the launcher describes it: frame REQUEST, docs/cni-socket.md section 2.3.
 *
 * @param build the launcher's build
 * @param plugin the name the launcher was called by
 * @param environment its CNI_* variables, in their order
 * @param stdin the network configuration, not yet looked at
 * @param netns what CNI_NETNS is
 * @param reason why the call did not go to the daemon
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and may be a megabyte
public record Request(
    String build,
    String plugin,
    Map<String, String> environment,
    byte[] stdin,
    NetnsFacts netns,
    Optional<String> reason) {
  /** The protocol version of this server. */
  static final int PROTOCOL = 1;

  /** The value of CNI_COMMAND, empty if it is missing. */
  public String command() {
    return environment.getOrDefault("CNI_COMMAND", "");
  }

  /** The same call with another CNI_COMMAND. */
  public Request withCommand(String command) {
    Map<String, String> changed = new LinkedHashMap<>(environment);
    changed.put("CNI_COMMAND", command);
    return new Request(build, plugin, Collections.unmodifiableMap(changed), stdin, netns, reason);
  }

  Request withNetns(NetnsFacts facts) {
    return new Request(build, plugin, environment, stdin, facts, reason);
  }

  static Request of(Frame frame) throws MalformedFrameException {
    int protocol = frame.requiredNumber(SectionType.PROTOCOL);
    if (protocol != PROTOCOL) {
      throw new MalformedFrameException(
          "a launcher of protocol version " + Integer.toUnsignedString(protocol));
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (Frame.Section section : frame.sections()) {
      if (section.type() == SectionType.ENV) {
        String variable = Frame.text(section.value());
        int equals = variable.indexOf('=');
        if (equals <= 0) {
          throw new MalformedFrameException("an environment variable without a name");
        }
        environment.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    ByteBuffer stdin = frame.requiredBytes(SectionType.STDIN);
    return new Request(
        frame.requiredText(SectionType.BUILD),
        frame.requiredText(SectionType.PLUGIN),
        Collections.unmodifiableMap(environment),
        Frame.copy(stdin),
        NetnsFacts.parse(frame.requiredBytes(SectionType.NETNS)),
        frame.text(SectionType.REASON));
  }

  byte[] encode() {
    FrameWriter writer =
        new FrameWriter(FrameKind.REQUEST)
            .number(SectionType.PROTOCOL, PROTOCOL)
            .text(SectionType.BUILD, build)
            .text(SectionType.PLUGIN, plugin);
    environment.forEach((name, value) -> writer.text(SectionType.ENV, name + "=" + value));
    writer.bytes(SectionType.STDIN, stdin).bytes(SectionType.NETNS, netns.encode());
    reason.ifPresent(text -> writer.text(SectionType.REASON, text));
    return writer.finish();
  }
}
