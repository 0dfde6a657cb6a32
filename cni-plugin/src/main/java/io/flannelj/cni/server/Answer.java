package io.flannelj.cni.server;

/**
 * What the launcher is to leave behind: frame ANSWER, docs/cni-socket.md section 2.5.
 *
 * @param status exit status, 0 to 255
 * @param stdout a CNI result or error object, or nothing
 * @param stderr for the runtime's log
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and may be a megabyte
public record Answer(int status, byte[] stdout, byte[] stderr) {
  /** Checks the status. */
  public Answer {
    if (status < 0 || status > 255) {
      throw new IllegalArgumentException("exit status " + status);
    }
  }

  /** An answer with nothing on standard error. */
  public static Answer of(int status, byte[] stdout) {
    return new Answer(status, stdout, new byte[0]);
  }

  static Answer of(Frame frame) throws MalformedFrameException {
    return new Answer(
        frame.requiredNumber(SectionType.STATUS) & 0xff,
        frame.bytesOrEmpty(SectionType.STDOUT),
        frame.bytesOrEmpty(SectionType.STDERR));
  }

  byte[] encode() {
    return new FrameWriter(FrameKind.ANSWER)
        .number(SectionType.STATUS, status)
        .bytes(SectionType.STDERR, stderr)
        .bytes(SectionType.STDOUT, stdout)
        .finish();
  }
}
