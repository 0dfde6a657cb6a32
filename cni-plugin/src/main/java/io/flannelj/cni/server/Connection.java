package io.flannelj.cni.server;

import io.flannelj.libc.Errno;
import io.flannelj.libc.FileDescriptor;
import io.flannelj.libc.NativeException;
import io.flannelj.libc.NoDescriptorLeftException;
import io.flannelj.libc.UnixStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One connection, which serves one call: the course of docs/cni-socket.md section 1, from behind
 * the hello, on one thread that waits where there is nothing to do.
 *
 * <p>The descriptors are closed when nothing can need them any more: before the answer, and for an
 * ADD that succeeded, when its result has been delivered or it has been taken back.
 */
final class Connection implements Runnable {
  private static final int DESCRIPTORS = 3;

  private final UnixStream stream;
  private final Desk desk;
  private final List<FileDescriptor> descriptors = new ArrayList<>(DESCRIPTORS);
  private final FrameAssembler assembler = new FrameAssembler();
  private boolean starved;

  Connection(UnixStream stream, Desk desk) {
    this.stream = stream;
    this.desk = desk;
  }

  @Override
  public void run() {
    try {
      serve();
    } catch (MalformedFrameException e) {
      end(e);
    } catch (NativeException e) {
      // A launcher that was killed resets the connection: nothing to tell.
      if (e.errno() != Errno.ECONNRESET && e.errno() != Errno.EPIPE) {
        desk.log("closed a connection: " + e.getMessage());
      }
    } finally {
      closeDescriptors();
      stream.close();
      desk.leave(this);
    }
  }

  /** Ends what the thread waits for on the socket. */
  void cutOff() {
    stream.shutdown();
  }

  private void closeDescriptors() {
    descriptors.forEach(FileDescriptor::close);
  }

  private void serve() throws MalformedFrameException {
    Optional<Request> request = awaitRequest();
    if (request.isEmpty()) {
      return;
    }
    OpenCall call = new OpenCall(request.get(), descriptors, this);
    desk.logReason(call);
    if (starved) {
      desk.starve(call).ifPresent(answer -> send(answer.encode()));
      return;
    }
    try {
      Answer answer = desk.carryOut(call);
      boolean add = call.isAdd() && answer.status() == 0;
      if (!add) {
        closeDescriptors();
      }
      boolean sent = send(answer.encode());
      if (add && !(sent && isDelivered())) {
        desk.rollBack(call);
      }
    } finally {
      call.release();
    }
  }

  /** Nothing if the caller went or said nothing for too long. */
  private Optional<Request> awaitRequest() throws MalformedFrameException {
    Duration patience = desk.patience();
    long deadline = System.nanoTime() + patience.toNanos();
    stream.limitReceiving(patience);
    try {
      if (!receiveDescriptors()) {
        return Optional.empty();
      }
      Optional<byte[]> body = assembler.next();
      while (body.isEmpty()) {
        byte[] piece = stream.receive();
        if (piece.length == 0) {
          return Optional.empty();
        }
        if (System.nanoTime() > deadline) {
          throw new NativeException("recv", "", Errno.EAGAIN.number());
        }
        assembler.add(piece, 0);
        body = assembler.next();
      }
      return Optional.of(Request.of(parse(body.get(), FrameKind.REQUEST)));
    } catch (NativeException e) {
      if (e.errno() != Errno.EAGAIN) {
        throw e;
      }
      desk.log("closed a connection that sent no request within " + patience);
      return Optional.empty();
    }
  }

  private static Frame parse(byte[] body, FrameKind wanted) throws MalformedFrameException {
    Frame frame = Frame.parse(body);
    if (frame.kind() != wanted) {
      throw new MalformedFrameException(frame.kind() + " instead of " + wanted);
    }
    return frame;
  }

  /** The first three bytes bring one descriptor each, in one message or in three. */
  private boolean receiveDescriptors() throws MalformedFrameException {
    int bytes = 0;
    while (bytes < DESCRIPTORS) {
      byte[] piece = starved ? stream.receive() : receiveDescriptors(DESCRIPTORS - bytes);
      if (piece.length == 0) {
        return false;
      }
      int before = bytes;
      bytes = Math.min(DESCRIPTORS, bytes + piece.length);
      if (!starved && descriptors.size() != bytes) {
        throw new MalformedFrameException(
            descriptors.size() + " descriptors with the first " + bytes + " bytes");
      }
      assembler.add(piece, bytes - before);
    }
    return true;
  }

  /** Without descriptors left, the request is still heard, so that its caller can be told. */
  private byte[] receiveDescriptors(int most) throws MalformedFrameException {
    try {
      return stream.receive(descriptors, most);
    } catch (NoDescriptorLeftException e) {
      starved = true;
      closeDescriptors();
      return e.bytes();
    } catch (NativeException e) {
      if (e.errno() == Errno.E2BIG) {
        throw new MalformedFrameException("more than " + DESCRIPTORS + " descriptors");
      }
      throw e;
    }
  }

  /** For the thread that serves: whether nobody waits for the answer any more. */
  boolean isGone() {
    return stream.isEnded();
  }

  /** One EXECUTE and REPORT, however long the foreign plugin takes. */
  Report execute(Execution execution) {
    return desk.withoutTurn(() -> launch(execution));
  }

  private Report launch(Execution execution) {
    String operation = "execute plugin " + execution.type();
    if (!send(execution.encode())) {
      throw new CallerGoneException(operation);
    }
    try {
      Optional<Frame> frame = next(FrameKind.REPORT);
      if (frame.isEmpty()) {
        throw new CallerGoneException(operation);
      }
      return Report.of(frame.get());
    } catch (MalformedFrameException e) {
      end(e);
      throw new CallerGoneException(operation);
    }
  }

  /** As long as the launcher lives it may still pass the answer on. */
  private boolean isDelivered() {
    try {
      return next(FrameKind.DELIVERED).isPresent();
    } catch (MalformedFrameException e) {
      end(e);
      return false;
    }
  }

  /** A caller that breaks the protocol hears no more; what it began is taken back as if it went. */
  private void end(MalformedFrameException violation) {
    desk.log("closed a connection that does not follow the protocol: " + violation.getMessage());
    stream.shutdown();
  }

  /** False if the caller has gone. */
  private boolean send(byte[] frame) {
    try {
      stream.send(frame);
      return true;
    } catch (NativeException e) {
      if (e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET) {
        return false;
      }
      throw e;
    }
  }

  /** Empty at the end of the connection. */
  private Optional<Frame> next(FrameKind wanted) throws MalformedFrameException {
    Optional<byte[]> body = assembler.next();
    while (body.isEmpty()) {
      byte[] piece = receivePatiently();
      if (piece.length == 0) {
        return Optional.empty();
      }
      assembler.add(piece, 0);
      body = assembler.next();
    }
    return Optional.of(parse(body.get(), wanted));
  }

  private byte[] receivePatiently() {
    while (true) {
      try {
        return stream.receive();
      } catch (NativeException e) {
        if (e.errno() == Errno.ECONNRESET) {
          return new byte[0];
        }
        if (e.errno() != Errno.EAGAIN) {
          throw e;
        }
      }
    }
  }
}
