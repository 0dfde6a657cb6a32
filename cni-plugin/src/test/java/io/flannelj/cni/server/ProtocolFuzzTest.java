package io.flannelj.cni.server;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.flannelj.testkit.Untrusted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What comes on a connection of the CNI socket, in whatever pieces.
 *
 * <p>Input: length of the first piece, the stream.
 */
class ProtocolFuzzTest {
  private static final int PREFIX = 2;

  @FuzzTest
  void stream(byte[] input) {
    if (input.length < PREFIX) {
      return;
    }
    byte[] stream = Arrays.copyOfRange(input, PREFIX, input.length);
    int cut = Math.min(stream.length, (input[0] & 0xff) << 8 | (input[1] & 0xff));
    Untrusted.within(
        () ->
            Untrusted.only(
                MalformedFrameException.class,
                () -> {
                  List<byte[]> frames = frames(stream, cut);
                  Untrusted.same(hashes(frames), hashes(frames(stream, stream.length)));
                  for (byte[] body : frames) {
                    Untrusted.only(MalformedFrameException.class, () -> read(Frame.parse(body)));
                  }
                }));
  }

  private static List<byte[]> frames(byte[] stream, int cut) throws MalformedFrameException {
    FrameAssembler assembler = new FrameAssembler();
    List<byte[]> frames = new ArrayList<>();
    int[] ends = {cut, stream.length};
    int start = 0;
    for (int end : ends) {
      assembler.add(Arrays.copyOf(stream, end), start);
      start = end;
      for (Optional<byte[]> next = assembler.next(); next.isPresent(); next = assembler.next()) {
        frames.add(next.get());
      }
    }
    return frames;
  }

  private static List<Integer> hashes(List<byte[]> frames) {
    return frames.stream().map(Arrays::hashCode).toList();
  }

  private static void read(Frame frame) throws MalformedFrameException {
    switch (frame.kind()) {
      case REQUEST -> again(Request.of(frame).encode(), second -> Request.of(second).encode());
      case REPORT -> again(Report.of(frame).encode(), second -> Report.of(second).encode());
      case ANSWER -> again(Answer.of(frame).encode(), second -> Answer.of(second).encode());
      case EXECUTE, DELIVERED -> {
        // The server reads nothing of them.
      }
    }
  }

  private interface Rewriting {
    byte[] of(Frame frame) throws MalformedFrameException;
  }

  private static void again(byte[] written, Rewriting rewriting) {
    try {
      byte[] body = Arrays.copyOfRange(written, Integer.BYTES, written.length);
      same(written, rewriting.of(Frame.parse(body)));
    } catch (MalformedFrameException e) {
      throw new AssertionError("cannot read what was written: " + Arrays.toString(written), e);
    }
  }

  private static void same(byte[] first, byte[] second) {
    if (!Arrays.equals(first, second)) {
      throw new AssertionError(
          "written and read again, "
              + Arrays.toString(first)
              + " became "
              + Arrays.toString(second));
    }
  }
}
