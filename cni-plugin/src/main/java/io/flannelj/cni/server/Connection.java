package io.flannelj.cni.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * One connection, which serves one call: the course of docs/cni-socket.md section 1.
 *
 * <p>All fields but {@code gone} belong to the event loop; workers come in by {@link #execute} and
 * {@link #finish}. The descriptors are closed when nothing can need them any more: at the end of
 * the connection, and for an ADD that is to be taken back, after that.
 */
final class Connection extends ChannelInboundHandlerAdapter {
  private enum State {
    DESCRIPTORS,
    REQUEST,
    SERVING,
    ANSWERED
  }

  private final EpollDomainSocketChannel channel;
  private final Desk desk;
  private final CallDescriptors descriptors = new CallDescriptors();
  private final FrameAssembler assembler = new FrameAssembler();
  private State state = State.DESCRIPTORS;
  private boolean admitted;
  private boolean undeliveredAdd;
  private volatile boolean gone;
  private Optional<Future<?>> patience = Optional.empty();
  private Optional<OpenCall> call = Optional.empty();
  private Optional<CompletableFuture<Report>> round = Optional.empty();

  Connection(EpollDomainSocketChannel channel, Desk desk) {
    this.channel = channel;
    this.desk = desk;
  }

  boolean isGone() {
    return gone;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) throws IOException {
    int user = channel.peerCredentials().uid();
    if (user != 0) {
      desk.log("refused a connection of user " + user + ": only root may call");
      channel.close();
      return;
    }
    admitted = true;
    desk.enter();
    channel.writeAndFlush(Unpooled.wrappedBuffer(desk.hello()));
    long millis = desk.patience().toMillis();
    patience =
        Optional.of(channel.eventLoop().schedule(this::giveUp, millis, TimeUnit.MILLISECONDS));
  }

  private void giveUp() {
    if (state == State.DESCRIPTORS || state == State.REQUEST) {
      desk.log("closed a connection that sent no request within " + desk.patience());
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof FileDescriptor fd) {
      receive(fd.intValue());
    } else if (message instanceof ByteBuf bytes) {
      try {
        assembler.add(bytes);
      } finally {
        bytes.release();
      }
      readFrames();
    }
  }

  /**
   * When the caller has closed already, Netty reads on in descriptor mode, swallows the beginning
   * of the frame that waits behind the third descriptor, and closes: such a call never begins.
   */
  private void receive(int fd) {
    descriptors.add(fd);
    if (descriptors.isComplete()) {
      state = State.REQUEST;
      channel.config().setReadMode(DomainSocketReadMode.BYTES);
    }
  }

  private void readFrames() {
    try {
      Optional<byte[]> body = assembler.next();
      while (body.isPresent() && channel.isOpen()) {
        take(Frame.parse(body.get()));
        body = assembler.next();
      }
    } catch (MalformedFrameException e) {
      desk.log("closed a connection that does not follow the protocol: " + e.getMessage());
      channel.close();
    }
  }

  private void take(Frame frame) throws MalformedFrameException {
    if (state == State.REQUEST && frame.kind() == FrameKind.REQUEST) {
      begin(new OpenCall(Request.of(frame), descriptors, this));
    } else if (state == State.SERVING && frame.kind() == FrameKind.REPORT && round.isPresent()) {
      Report report = Report.of(frame);
      CompletableFuture<Report> waiting = round.get();
      round = Optional.empty();
      waiting.complete(report);
    } else if (state == State.ANSWERED && frame.kind() == FrameKind.DELIVERED) {
      undeliveredAdd = false;
      channel.close();
    } else {
      throw new MalformedFrameException(frame.kind() + " while " + state);
    }
  }

  private void begin(OpenCall begun) {
    state = State.SERVING;
    call = Optional.of(begun);
    patience.ifPresent(timer -> timer.cancel(false));
    desk.logReason(begun);
    desk.work(() -> finish(carryOut(begun)), () -> finish(desk.refuse(begun, "shutting down")));
  }

  /** On a worker. An ADD whose caller went while it waited for a worker is not begun. */
  private Answer carryOut(OpenCall begun) {
    return gone && begun.isAdd()
        ? desk.refuse(begun, "its caller is gone already")
        : desk.answer(begun);
  }

  /** From a worker: one EXECUTE and REPORT. */
  Report execute(Execution execution) {
    byte[] frame = execution.encode();
    CompletableFuture<Report> report = new CompletableFuture<>();
    String operation = "execute plugin " + execution.type();
    try {
      channel.eventLoop().execute(() -> beginRound(operation, frame, report));
      return report.get();
    } catch (RejectedExecutionException | ExecutionException e) {
      throw new CallerGoneException(operation);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallerGoneException(operation);
    }
  }

  private void beginRound(String operation, byte[] frame, CompletableFuture<Report> report) {
    if (gone) {
      report.completeExceptionally(new CallerGoneException(operation));
      return;
    }
    round = Optional.of(report);
    channel.writeAndFlush(Unpooled.wrappedBuffer(frame));
  }

  /** From a worker: the call has ended. */
  private void finish(Answer answer) {
    try {
      channel.eventLoop().execute(() -> send(answer));
    } catch (RejectedExecutionException e) {
      // The server was closed at its ceiling; its log says so.
      descriptors.close();
    }
  }

  private void send(Answer answer) {
    state = State.ANSWERED;
    undeliveredAdd = answer.status() == 0 && call.map(OpenCall::isAdd).orElse(false);
    if (gone) {
      end();
      return;
    }
    if (!undeliveredAdd) {
      descriptors.close();
    }
    channel.writeAndFlush(Unpooled.wrappedBuffer(answer.encode()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    gone = true;
    patience.ifPresent(timer -> timer.cancel(false));
    round.ifPresent(waiting -> waiting.completeExceptionally(new CallerGoneException("execute")));
    round = Optional.empty();
    // While a worker has the call, send() ends it.
    if (state != State.SERVING) {
      end();
    }
  }

  /** Nobody can get the result any more: an ADD must not leave behind what nobody knows of. */
  private void end() {
    if (undeliveredAdd && call.isPresent()) {
      undeliveredAdd = false;
      OpenCall reversed = call.get().reversed();
      desk.log(reversed + " begins: the caller went before it had the result of its ADD");
      desk.work(() -> rollBack(reversed), this::release);
    } else {
      release();
    }
  }

  private void rollBack(OpenCall reversed) {
    Answer answer = desk.answer(reversed);
    if (answer.status() != 0) {
      desk.log(reversed + " failed: " + Frame.text(java.nio.ByteBuffer.wrap(answer.stdout())));
    }
    release();
  }

  private void release() {
    descriptors.close();
    if (admitted) {
      desk.leave();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A launcher that was killed with our bytes unread resets the connection: nothing to tell.
    if (!(cause instanceof IOException)) {
      desk.log("closed a connection: " + cause);
    }
    channel.close();
  }
}
