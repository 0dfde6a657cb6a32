package io.flannelj.testkit.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports of this machine's loopback interface. */
final class Loopback {
  static final String IPV4 = "127.0.0.1";
  static final String IPV6 = "::1";

  private Loopback() {}

  /** A TCP port that nobody listens on now. */
  static int freePort(String host) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("look for a free port of " + host, e);
    }
  }

  /** {@code host:port} as it stands in a URL. */
  static String authority(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
