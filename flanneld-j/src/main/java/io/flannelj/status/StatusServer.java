package io.flannelj.status;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Serves pages by HTTP/1.1, one answer per connection: on a TCP port for probes, on a unix socket
 * that only root may open for the client commands.
 */
public final class StatusServer implements AutoCloseable {
  private static final int MOST_REQUEST_BYTES = 16 * 1024;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("status", true), EpollIoHandler.newFactory());
  private final List<Channel> listeners = new ArrayList<>();

  /** An answer. */
  public record Page(int status, String text, String contentType) {
    /** Plain text. */
    public Page(int status, String text) {
      this(status, text, "text/plain; charset=utf-8");
    }
  }

  /** Answers a path with query. */
  @FunctionalInterface
  public interface Pages {
    /** The page of a path; runs on the event loop, so it must not wait. */
    Page get(String path);
  }

  /**
   * Listens on a TCP port.
   *
   * @throws IOException naming address and port, if somebody else has it
   */
  public synchronized void listen(String address, int port, Pages pages) throws IOException {
    bind(EpollServerSocketChannel.class, new InetSocketAddress(address, port), pages);
  }

  /**
   * Listens on a unix socket with mode 0600 that answers root only; a stale one of an earlier run
   * is replaced.
   */
  public synchronized void listen(Path socket, Pages pages) throws IOException {
    Files.createDirectories(socket.toAbsolutePath().getParent());
    Path fresh = socket.resolveSibling(socket.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    bind(EpollServerDomainSocketChannel.class, new DomainSocketAddress(fresh.toFile()), pages);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
    Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE);
  }

  private void bind(Class<? extends ServerChannel> type, SocketAddress address, Pages pages)
      throws IOException {
    ServerBootstrap bootstrap = new ServerBootstrap().group(loop).channel(type);
    bootstrap.childHandler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) throws IOException {
            // Mode 0600 comes after bind(2); until then the umask alone keeps others out.
            if (channel instanceof EpollDomainSocketChannel unix
                && unix.peerCredentials().uid() != 0) {
              channel.close();
              return;
            }
            channel
                .pipeline()
                .addLast(new HttpServerCodec())
                .addLast(new HttpObjectAggregator(MOST_REQUEST_BYTES))
                .addLast(new Handler(pages));
          }
        });
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
    }
    listeners.add(bound.channel());
  }

  private static final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Pages pages;

    Handler(Pages pages) {
      this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      Page page = pages.get(request.uri());
      byte[] text = page.text().getBytes(StandardCharsets.UTF_8);
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(page.status()),
              Unpooled.wrappedBuffer(text));
      response
          .headers()
          .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
          .set(HttpHeaderNames.CONTENT_LENGTH, text.length)
          .set(HttpHeaderNames.CONNECTION, "close");
      context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  @Override
  public synchronized void close() {
    // Until it is closed nobody else can listen there, such as our own daemon after its prelude.
    listeners.forEach(listener -> listener.close().awaitUninterruptibly());
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
