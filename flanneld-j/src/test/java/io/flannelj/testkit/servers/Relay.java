package io.flannelj.testkit.servers;

import io.flannelj.netns.NetworkNamespace;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A way to a server that can be cut and restored, on a port that stays. It may begin in another
 * network namespace, which then needs no other way to the server.
 */
public final class Relay implements Closeable {
  private static final int NAMESPACE_PORT = 2379;

  /** Where the socket is opened. */
  @FunctionalInterface
  private interface Place {
    ServerSocket open(Supplier<ServerSocket> work);
  }

  private final URI server;
  private final int port;
  private final Place place;
  private final List<Socket> sockets = new ArrayList<>();
  private Optional<ServerSocket> listener = Optional.empty();

  /** Begins on this host. */
  public Relay(URI server) {
    this.server = server;
    this.place = Supplier::get;
    try (ServerSocket free = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    restore();
  }

  /** Begins in a namespace, whose loopback device must be up; cut at first. */
  public Relay(URI server, NetworkNamespace namespace) {
    this.server = server;
    this.port = NAMESPACE_PORT;
    this.place = namespace::call;
  }

  /** Where clients reach it. */
  public String url() {
    return server.getScheme() + "://127.0.0.1:" + port;
  }

  /** Lets connections through. */
  public void restore() {
    ServerSocket socket = place.open(this::listen);
    listener = Optional.of(socket);
    start(() -> accept(socket));
  }

  private ServerSocket listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress("127.0.0.1", port));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket from) {
    try {
      while (true) {
        Socket client = from.accept();
        Optional<Socket> connected = connect();
        if (connected.isEmpty()) {
          client.close();
          continue;
        }
        Socket there = connected.get();
        synchronized (sockets) {
          sockets.add(client);
          sockets.add(there);
          if (from.isClosed()) {
            endAll();
            return;
          }
        }
        start(() -> copy(client, there));
        start(() -> copy(there, client));
      }
    } catch (IOException e) {
      // Cut.
    }
  }

  /** Empty if the server does not run: the way to it stays. */
  private Optional<Socket> connect() {
    try {
      return Optional.of(new Socket(server.getHost(), server.getPort()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // Cut.
    }
  }

  /** Ends all connections and refuses new ones. */
  public void cut() {
    try {
      if (listener.isPresent()) {
        listener.get().close();
      }
      synchronized (sockets) {
        endAll();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void endAll() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  @Override
  public void close() {
    cut();
  }
}
