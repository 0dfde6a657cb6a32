package io.flannelj.cni.testkit;

import io.flannelj.net.IpAddress;
import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A TCP server in a namespace that tells who it is and whom it sees. */
public final class Listener implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocketChannel server;

  /** Answers {@code NAME sees ADDRESS} until it is closed. */
  public Listener(TestNamespace namespace, String address, int port, String name) {
    server =
        namespace
            .namespace()
            .call(
                () -> {
                  try {
                    return ServerSocketChannel.open(family(address))
                        .bind(new InetSocketAddress(address, port));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    Thread thread = new Thread(() -> serve(name), "listener-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private static StandardProtocolFamily family(String address) {
    return address.indexOf(':') >= 0 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }

  private void serve(String name) {
    while (server.isOpen()) {
      try (SocketChannel client = server.accept()) {
        InetSocketAddress peer = (InetSocketAddress) client.getRemoteAddress();
        String text = name + " sees " + IpAddress.of(peer.getAddress().getAddress());
        client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** What the server there answers to one who asks from a namespace; or why there is no answer. */
  public static String ask(TestNamespace from, String address, int port) {
    return ask(from, address, port, CONNECT_MILLIS);
  }

  /** The same with another limit for the connection in milliseconds. */
  public static String ask(TestNamespace from, String address, int port, int millis) {
    return from.namespace()
        .call(
            () -> {
              try (SocketChannel client = SocketChannel.open(family(address))) {
                client.socket().connect(new InetSocketAddress(address, port), millis);
                ByteBuffer answer = ByteBuffer.allocate(256);
                while (client.read(answer) >= 0) {
                  // Until the server closes.
                }
                return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                return String.valueOf(e.getMessage());
              }
            });
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
