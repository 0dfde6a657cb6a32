package io.flannelj.cni.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Serves CNI calls on a unix socket: docs/cni-socket.md. One event loop does all that is said on
 * the connections; calls run on worker threads, as they wait for locks and for the kernel.
 */
public final class CniServer implements AutoCloseable {
  private static final int BACKLOG = 1024;
  // A request has 1 to 4 KiB.
  private static final int PIECE = 16 * 1024;

  private final ServerSettings settings;
  private final SocketFile file;
  private final OpenCalls calls;
  private final Workers workers;
  private final MultiThreadIoEventLoopGroup loop;
  private final Channel listener;

  private CniServer(ServerSettings settings, SocketFile file, CallHandler handler)
      throws IOException {
    this.settings = settings;
    this.file = file;
    calls = new OpenCalls(settings.connections(), System::nanoTime);
    workers = new Workers(settings.workers());
    Desk desk = new Desk(settings, handler, workers, calls);
    loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("cni-socket", true), EpollIoHandler.newFactory());
    try {
      listener = listen(desk);
      desk.throttle(
          () -> listener.config().setAutoRead(false), () -> listener.config().setAutoRead(true));
      file.publish();
    } catch (IOException | RuntimeException e) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      workers.shutdownNow();
      throw e;
    }
  }

  /**
   * Begins to serve.
   *
   * @throws IOException names the path and why: another process serves there, or the directory
   *     cannot be used
   */
  public static CniServer start(ServerSettings settings, CallHandler handler) throws IOException {
    SocketFile file = SocketFile.claim(settings.socket(), settings.exclusive());
    try {
      return new CniServer(settings, file, handler);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Channel listen(Desk desk) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerDomainSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            // One descriptor at a time: the third switches to bytes.
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new FixedRecvByteBufAllocator(PIECE).maxMessagesPerRead(1))
            .childOption(
                EpollChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
            // Few and short-lived buffers: a pool would cost more memory than all else here.
            .childOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    channel.pipeline().addLast(new Connection(channel, desk));
                  }
                });
    try {
      return bootstrap
          .bind(new DomainSocketAddress(file.bindPath().toFile()))
          .syncUninterruptibly()
          .channel();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Netty throws what bind(2) said, checked or not.
      throw new IOException("bind " + file.bindPath() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs one call through the whole path, socket and descriptors included, so that the first of a
   * runtime does not pay for loading the code. The call must be one that changes nothing, such as
   * the DEL of a container that never was; its namespace is an empty one made for it.
   *
   * @return what the handler answered
   * @throws IOException if the server does not serve
   */
  public Answer warmUp(Request request) throws IOException {
    return WarmUp.run(loop, settings.socket(), request);
  }

  /** How many connections are open, or have an ADD behind them that is being taken back. */
  public int openCalls() {
    return calls.count();
  }

  /** How long there has been no call; zero while there is one. */
  public Duration idle() {
    return calls.idle();
  }

  /**
   * Takes the socket away: calls that have had their hello go on, those that wait to be accepted
   * are ended by the kernel and go elsewhere.
   */
  public void stopAccepting() {
    file.unlink();
    listener.close().awaitUninterruptibly();
    file.close();
  }

  /**
   * Waits until all open calls have ended.
   *
   * @return false if some are still open when the time is over
   */
  public boolean awaitCalls(Duration ceiling) {
    return calls.awaitNone(ceiling);
  }

  /** Stops accepting, finishes the open calls within the ceiling of the settings, and ends. */
  @Override
  public void close() {
    stopAccepting();
    if (!awaitCalls(settings.ceiling())) {
      settings
          .log()
          .accept(openCalls() + " calls are still open after " + settings.ceiling() + ": cut off");
    }
    workers.shutdownNow();
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
