package io.flannelj.cni.server;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the launcher found when it looked at CNI_NETNS: section NETNS, docs/cni-socket.md 2.4.
 *
 * @param given CNI_NETNS is set and not empty
 * @param own device and inode of the launcher's own network namespace
 * @param pod device and inode of the opened CNI_NETNS, also of a file that is no namespace
 * @param namespaceReal it is a namespace, and its descriptor was sent
 * @param socketReal an rtnetlink socket of that namespace was sent
 * @param step where it failed
 * @param errno positive error number of the failure, 0 if there was none
 * @param text such as {@code setns "/etc/passwd": Invalid argument}; empty without failure
 */
public record NetnsFacts(
    boolean given,
    Optional<Identity> own,
    Optional<Identity> pod,
    boolean namespaceReal,
    boolean socketReal,
    Step step,
    int errno,
    String text) {
  private static final int GIVEN = 1;
  private static final int OWN_KNOWN = 2;
  private static final int POD_KNOWN = 4;
  private static final int NAMESPACE_REAL = 8;
  private static final int SOCKET_REAL = 16;
  private static final int FIXED_SIZE = 48;

  /** A namespace as stat(2) names it; the numbers are used again at once after it has gone. */
  public record Identity(long device, long inode) {}

  /** The system call that failed. */
  public enum Step {
    /** Nothing failed. */
    NONE(0),
    /** open(2) of CNI_NETNS. */
    OPEN(1),
    /** fstat(2) of it. */
    FSTAT(2),
    /** open(2) of the launcher's own namespace. */
    OPEN_OWN(3),
    /** setns(2); EINVAL says that the file is no network namespace. */
    SETNS(4),
    /** socket(2) inside. */
    SOCKET(5),
    /** One that this build does not know. */
    OTHER(-1);

    private final int number;

    Step(int number) {
      this.number = number;
    }

    static Step of(int number) {
      for (Step step : values()) {
        if (step.number == number) {
          return step;
        }
      }
      return OTHER;
    }
  }

  /** No CNI_NETNS at all. */
  public static NetnsFacts absent() {
    return new NetnsFacts(
        false, Optional.empty(), Optional.empty(), false, false, Step.NONE, 0, "");
  }

  /** Whether CNI_NETNS is the namespace that the launcher itself runs in, the host's mostly. */
  public boolean isCallersOwn() {
    return own.isPresent() && own.equals(pod);
  }

  static NetnsFacts parse(ByteBuffer value) throws MalformedFrameException {
    if (value.remaining() < FIXED_SIZE) {
      throw new MalformedFrameException("NETNS has " + value.remaining() + " bytes");
    }
    int flags = value.getInt();
    int step = value.getInt();
    int errno = value.getInt();
    value.getInt();
    Identity own = new Identity(value.getLong(), value.getLong());
    Identity pod = new Identity(value.getLong(), value.getLong());
    return new NetnsFacts(
        (flags & GIVEN) != 0,
        (flags & OWN_KNOWN) != 0 ? Optional.of(own) : Optional.empty(),
        (flags & POD_KNOWN) != 0 ? Optional.of(pod) : Optional.empty(),
        (flags & NAMESPACE_REAL) != 0,
        (flags & SOCKET_REAL) != 0,
        Step.of(step),
        errno,
        Frame.text(value));
  }

  byte[] encode() {
    byte[] octets = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    int flags =
        (given ? GIVEN : 0)
            | (own.isPresent() ? OWN_KNOWN : 0)
            | (pod.isPresent() ? POD_KNOWN : 0)
            | (namespaceReal ? NAMESPACE_REAL : 0)
            | (socketReal ? SOCKET_REAL : 0);
    Identity nothing = new Identity(0, 0);
    return ByteBuffer.allocate(FIXED_SIZE + octets.length)
        .putInt(flags)
        .putInt(step.number)
        .putInt(errno)
        .putInt(0)
        .putLong(own.orElse(nothing).device())
        .putLong(own.orElse(nothing).inode())
        .putLong(pod.orElse(nothing).device())
        .putLong(pod.orElse(nothing).inode())
        .put(octets)
        .array();
  }
}
