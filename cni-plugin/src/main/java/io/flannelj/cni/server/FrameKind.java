package io.flannelj.cni.server;

/** What a frame is: the value of its KIND section, docs/cni-socket.md section 2.2. */
enum FrameKind {
  REQUEST(1),
  ANSWER(2),
  EXECUTE(3),
  REPORT(4),
  DELIVERED(5);

  private final int number;

  FrameKind(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static FrameKind of(int number) throws MalformedFrameException {
    for (FrameKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    throw new MalformedFrameException("unknown KIND " + Integer.toUnsignedString(number));
  }
}
