package io.flannelj.cni.server;

import io.flannelj.libc.FileDescriptor;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The launcher's end of a connection, in this process: for the warm-up, and for tests that say what
 * no launcher would.
 */
final class InProcessCaller implements AutoCloseable {
  private final Channel channel;
  private final Duration ceiling;
  // Pieces as they come; an empty one is the end of the connection.
  private final LinkedBlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
  private final FrameAssembler assembler = new FrameAssembler();

  private InProcessCaller(EventLoopGroup loop, Path socket, Duration ceiling) {
    this.ceiling = ceiling;
    channel =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainSocketChannel.class)
            .option(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .handler(new Receiver())
            .connect(new DomainSocketAddress(socket.toFile()))
            .syncUninterruptibly()
            .channel();
  }

  /** Connects; {@code ceiling} holds for every single wait. */
  static InProcessCaller connect(EventLoopGroup loop, Path socket, Duration ceiling) {
    return new InProcessCaller(loop, socket, ceiling);
  }

  private final class Receiver extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf piece = (ByteBuf) message;
      byte[] bytes = new byte[piece.readableBytes()];
      piece.readBytes(bytes).release();
      pieces.add(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      pieces.add(new byte[0]);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      channel.close();
    }
  }

  private byte[] nextPiece() throws IOException {
    try {
      byte[] piece = pieces.poll(ceiling.toMillis(), TimeUnit.MILLISECONDS);
      if (piece == null) {
        throw new IOException("the server says nothing for " + ceiling);
      }
      return piece;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the server was to speak", e);
    }
  }

  /** The server's first words, newline included; empty if it has closed. */
  String hello() throws IOException {
    return new String(nextPiece(), StandardCharsets.US_ASCII);
  }

  void send(FileDescriptor fd) {
    channel.writeAndFlush(new io.netty.channel.unix.FileDescriptor(fd.number()));
  }

  void send(byte[] bytes) {
    channel.writeAndFlush(Unpooled.wrappedBuffer(bytes));
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
        assembler.add(Unpooled.wrappedBuffer(piece));
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
    send(root);
    send(namespace);
    send(socket);
    send(request.encode());
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

  /** Waits until everything said before is on its way, then closes. */
  @Override
  public void close() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).awaitUninterruptibly();
    channel.close().awaitUninterruptibly();
  }
}
