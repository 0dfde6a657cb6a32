package io.flannelj.cni.server;

import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.UnixStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The launcher's end of a connection, in this process: for the warm-up, and for tests that say what
 * no launcher would.
 */
final class InProcessCaller implements AutoCloseable {
  private static final byte[] TAGS = {'R', 'N', 'S'};

  private final UnixStream stream;
  private final FrameAssembler assembler = new FrameAssembler();

  private InProcessCaller(UnixStream stream) {
    this.stream = stream;
  }

  /**
   * Connects; {@code ceiling} holds for every single wait.
   *
   * @throws IOException if nobody listens there
   */
  static InProcessCaller connect(Path socket, Duration ceiling) throws IOException {
    try {
      UnixStream stream = UnixStream.connect(socket);
      stream.limitReceiving(ceiling);
      return new InProcessCaller(stream);
    } catch (NativeException e) {
      throw new IOException("the server is not there: " + e.getMessage(), e);
    }
  }

  /** Empty at the end of the connection. */
  private byte[] nextPiece() throws IOException {
    try {
      return stream.receive();
    } catch (NativeException e) {
      if (e.errno() == Errno.ECONNRESET) {
        return new byte[0];
      }
      throw new IOException("the server says nothing: " + e.getMessage(), e);
    }
  }

  /** The server's first words, newline included; empty if it has closed. */
  String hello() throws IOException {
    return new String(nextPiece(), StandardCharsets.US_ASCII);
  }

  /** Sends bytes with descriptors; does nothing if the server has closed. */
  void send(byte[] bytes, FileDescriptor... passed) {
    try {
      if (passed.length == 0) {
        stream.send(bytes);
      } else {
        stream.send(bytes, passed);
      }
    } catch (NativeException e) {
      if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
        throw e;
      }
    }
  }

  /** The next frame; empty at the end of the connection. */
  Optional<Frame> nextFrame() throws IOException {
    try {
      Optional<byte[]> body = assembler.next();
      while (body.isEmpty()) {
        byte[] piece = nextPiece();
        if (piece.length == 0) {
          return Optional.empty();
        }
        assembler.add(piece, 0);
        body = assembler.next();
      }
      return Optional.of(Frame.parse(body.get()));
    } catch (MalformedFrameException e) {
      throw new IOException("the server's frame is malformed: " + e.getMessage(), e);
    }
  }

  /** Everything that a launcher says, with the descriptors given; finds no foreign plugin. */
  Answer call(Request request, FileDescriptor root, FileDescriptor namespace, FileDescriptor socket)
      throws IOException {
    String hello = hello();
    if (!hello.startsWith("flannel-j-cni 1 ")) {
      throw new IOException("no hello but \"" + hello + "\"");
    }
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(TAGS);
    message.writeBytes(request.encode());
    send(message.toByteArray(), root, namespace, socket);
    Frame frame = nextFrameOfCall();
    while (frame.kind() == FrameKind.EXECUTE) {
      send(Report.notFound("no foreign plugin is run here").encode());
      frame = nextFrameOfCall();
    }
    try {
      Answer answer = Answer.of(frame);
      send(new FrameWriter(FrameKind.DELIVERED).finish());
      return answer;
    } catch (MalformedFrameException e) {
      throw new IOException("the server's answer is malformed: " + e.getMessage(), e);
    }
  }

  private Frame nextFrameOfCall() throws IOException {
    return nextFrame().orElseThrow(() -> new IOException("closed before the answer"));
  }

  @Override
  public void close() {
    stream.close();
  }
}
