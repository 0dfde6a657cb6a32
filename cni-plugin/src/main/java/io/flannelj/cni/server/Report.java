package io.flannelj.cni.server;

/**
 * How a foreign plugin ended: frame REPORT, docs/cni-socket.md section 2.6.
 *
 * @param outcome whether and how it ran
 * @param code exit status, signal number or errno, by outcome
 * @param path the file that was run, empty if none was found
 * @param text the failure in words, empty after an ordinary exit
 * @param stdout its standard output, at most 1 MiB
 * @param stdoutTruncated more was written than that
 * @param stderr the last 16 KiB of its standard error
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, and may be a megabyte
public record Report(
    Outcome outcome,
    int code,
    String path,
    String text,
    byte[] stdout,
    boolean stdoutTruncated,
    byte[] stderr) {
  private static final int TRUNCATED = 1;

  /** The value of section OUTCOME. */
  public enum Outcome {
    /** It ran; the code is its exit status. */
    EXITED(0),
    /** A signal ended it; the code is the signal's number. */
    SIGNALLED(1),
    /** No such plugin in CNI_PATH; the text is libcni's. */
    NOT_FOUND(2),
    /** execve(2) failed; the code is the errno. */
    NOT_RUN(3);

    private final int number;

    Outcome(int number) {
      this.number = number;
    }

    private static Outcome of(int number) throws MalformedFrameException {
      for (Outcome outcome : values()) {
        if (outcome.number == number) {
          return outcome;
        }
      }
      throw new MalformedFrameException("unknown OUTCOME " + Integer.toUnsignedString(number));
    }
  }

  static Report notFound(String text) {
    return new Report(Outcome.NOT_FOUND, 0, "", text, new byte[0], false, new byte[0]);
  }

  byte[] encode() {
    return new FrameWriter(FrameKind.REPORT)
        .number(SectionType.OUTCOME, outcome.number)
        .number(SectionType.CODE, code)
        .number(SectionType.FLAGS, stdoutTruncated ? TRUNCATED : 0)
        .text(SectionType.PATH, path)
        .text(SectionType.TEXT, text)
        .bytes(SectionType.STDERR, stderr)
        .bytes(SectionType.STDOUT, stdout)
        .finish();
  }

  static Report of(Frame frame) throws MalformedFrameException {
    return new Report(
        Outcome.of(frame.requiredNumber(SectionType.OUTCOME)),
        frame.requiredNumber(SectionType.CODE),
        frame.text(SectionType.PATH).orElse(""),
        frame.text(SectionType.TEXT).orElse(""),
        frame.bytesOrEmpty(SectionType.STDOUT),
        (frame.numberOr(SectionType.FLAGS, 0) & TRUNCATED) != 0,
        frame.bytesOrEmpty(SectionType.STDERR));
  }
}
