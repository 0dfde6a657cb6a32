package io.flannelj.cli;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;

/** Asks the running daemon for a page over its unix socket. */
final class DaemonClient {
  private final File socket;

  DaemonClient(String stateDir) {
    this.socket = new File(stateDir, "control.sock");
  }

  /** Whether a daemon answers. */
  boolean isThere() {
    try (UnixSocketChannel channel = UnixSocketChannel.open(new UnixSocketAddress(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The page's text.
   *
   * @throws ClientException if no daemon answers or it has no such page
   */
  String get(String path) {
    String answer = exchange("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    int body = answer.indexOf("\r\n\r\n");
    if (body < 0) {
      throw new ClientException("the daemon's answer on " + socket + " is cut off");
    }
    if (!answer.startsWith("HTTP/1.1 200")) {
      throw new ClientException(answer.substring(body + 4).strip());
    }
    return answer.substring(body + 4);
  }

  private String exchange(String request) {
    try (UnixSocketChannel channel = UnixSocketChannel.open(new UnixSocketAddress(socket))) {
      ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      byte[] answer = Channels.newInputStream(channel).readAllBytes();
      return new String(answer, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ClientException(
          "no daemon answers on "
              + socket
              + " ("
              + e.getMessage()
              + "): start it with 'flanneld-j run', and run this as root on the same node");
    }
  }
}
