package io.flannelj.testkit.servers;

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

/** A way to a server that can be cut and restored, on a port that stays. */
public final class Relay implements Closeable {
  private final URI server;
  private final int port;
  private final List<Socket> sockets = new ArrayList<>();
  private Optional<ServerSocket> listener = Optional.empty();

  /** Lets connections through at once. */
  public Relay(URI server) {
    this.server = server;
    try (ServerSocket free = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    restore();
  }

  /** Where the server is reached by this way. */
  public String url() {
    return server.getScheme() + "://127.0.0.1:" + port;
  }

  /** Lets connections through. */
  public void restore() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress("127.0.0.1", port));
      listener = Optional.of(socket);
      start(() -> accept(socket));
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
        Socket there = new Socket(server.getHost(), server.getPort());
        synchronized (sockets) {
          sockets.add(client);
          sockets.add(there);
        }
        start(() -> copy(client, there));
        start(() -> copy(there, client));
      }
    } catch (IOException e) {
      // Cut.
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
        for (Socket socket : sockets) {
          socket.close();
        }
        sockets.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    cut();
  }
}
