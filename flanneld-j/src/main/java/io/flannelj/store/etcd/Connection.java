package io.flannelj.store.etcd;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * One HTTP/1.1 connection to a member, with one request at a time. A member that is gone without a
 * word is noticed by the kernel within half a minute: by keepalive where nothing is sent, by
 * TCP_USER_TIMEOUT where something is.
 */
final class Connection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 700;
  private static final int HANDSHAKE_MILLIS = 3_000;
  private static final Map<ChannelOption<Integer>, Integer> KEEPALIVE =
      Map.of(
          EpollChannelOption.TCP_KEEPIDLE, 15,
          EpollChannelOption.TCP_KEEPINTVL, 5,
          EpollChannelOption.TCP_KEEPCNT, 3,
          EpollChannelOption.TCP_USER_TIMEOUT, 30_000);

  private final Endpoint endpoint;
  private final Channel channel;
  private final BlockingQueue<Part> parts;

  private Connection(Endpoint endpoint, Channel channel, BlockingQueue<Part> parts) {
    this.endpoint = endpoint;
    this.channel = channel;
    this.parts = parts;
  }

  /**
   * Connects, by TLS where the endpoint is https.
   *
   * @throws EtcdException naming the endpoint, if it cannot be reached
   */
  static Connection open(EventLoopGroup loop, Endpoint endpoint, Supplier<SSLContext> trust)
      throws EtcdException, InterruptedException {
    BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    Optional<SslHandler> tls =
        endpoint.tls() ? Optional.of(tls(endpoint, trust.get())) : Optional.empty();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true);
    KEEPALIVE.forEach(bootstrap::option);
    bootstrap.handler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel fresh) {
            tls.ifPresent(handler -> fresh.pipeline().addLast(handler));
            converse(fresh, parts);
          }
        });
    ChannelFuture connected = bootstrap.connect(resolve(endpoint)).await();
    if (!connected.isSuccess()) {
      throw failed(endpoint, connected.cause());
    }
    if (tls.isPresent()) {
      Future<Channel> handshake = tls.get().handshakeFuture().await();
      if (!handshake.isSuccess()) {
        connected.channel().close();
        throw failed(endpoint, handshake.cause());
      }
    }
    return new Connection(endpoint, connected.channel(), parts);
  }

  /** Over a channel that is connected. */
  static Connection over(Channel channel, Endpoint endpoint) {
    BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    converse(channel, parts);
    return new Connection(endpoint, channel, parts);
  }

  private static void converse(Channel channel, BlockingQueue<Part> parts) {
    channel.pipeline().addLast(new HttpClientCodec()).addLast(new Receiver(parts));
  }

  private static SslHandler tls(Endpoint endpoint, SSLContext context) {
    SSLEngine engine = context.createSSLEngine(endpoint.host(), endpoint.port());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    SslHandler handler = new SslHandler(engine);
    handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
    return handler;
  }

  private static InetSocketAddress resolve(Endpoint endpoint) throws EtcdException {
    try {
      return new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
    } catch (UnknownHostException e) {
      throw EtcdException.unreached(
          endpoint.url() + " (host name " + endpoint.host() + " is not known)");
    }
  }

  private static EtcdException failed(Endpoint endpoint, Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text = String.valueOf(root.getMessage());
    int address = text.indexOf(": /");
    return EtcdException.unreached(
        endpoint.url() + " (" + (address < 0 ? text : text.substring(0, address)) + ")");
  }

  Endpoint endpoint() {
    return endpoint;
  }

  boolean isOpen() {
    return channel.isActive();
  }

  /**
   * Sends a request; the answer's parts are to be taken by {@link #next}.
   *
   * @param headers beside the usual ones
   */
  void post(String path, String body, Map<String, String> headers) {
    parts.clear();
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.POST,
            path,
            Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    request
        .headers()
        .set(HttpHeaderNames.HOST, endpoint.authority())
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.CONTENT_LENGTH, request.content().readableBytes());
    headers.forEach(request.headers()::set);
    channel
        .writeAndFlush(request)
        .addListener(
            sent -> {
              if (!sent.isSuccess()) {
                parts.add(new Part.Broken("it cannot be sent to: " + sent.cause().getMessage()));
              }
            });
  }

  /** The next part of the answer; empty if none comes in time. */
  Optional<Part> next(long millis) throws InterruptedException {
    return Optional.ofNullable(parts.poll(millis, TimeUnit.MILLISECONDS));
  }

  /** The next part of the answer, if it is here already. */
  Optional<Part> next() {
    return Optional.ofNullable(parts.poll());
  }

  @Override
  public void close() {
    channel.close();
  }

  private static final class Receiver extends SimpleChannelInboundHandler<HttpObject> {
    private final BlockingQueue<Part> parts;

    Receiver(BlockingQueue<Part> parts) {
      this.parts = parts;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject object) {
      if (object.decoderResult().isFailure()) {
        parts.add(new Part.Broken("its answer is no HTTP"));
        context.close();
        return;
      }
      if (object instanceof HttpResponse response) {
        parts.add(new Part.Head(response.status().code()));
      }
      if (object instanceof HttpContent content && content.content().isReadable()) {
        parts.add(new Part.Data(ByteBuffer.wrap(ByteBufUtil.getBytes(content.content()))));
      }
      if (object instanceof LastHttpContent) {
        parts.add(new Part.End());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      parts.add(new Part.Broken("it closed the connection"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      parts.add(new Part.Broken(String.valueOf(cause.getMessage())));
      context.close();
    }
  }
}
