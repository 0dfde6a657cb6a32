package io.flannelj.cni.testkit;

import io.flannelj.testkit.TestNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** One end of a conversation by UDP: always the same socket, so always the same connection. */
public final class UdpTalk implements AutoCloseable {
  private static final int TRIES = 50;
  private static final int PATIENCE_MILLIS = 200;

  private final DatagramSocket socket;

  private UdpTalk(DatagramSocket socket) {
    this.socket = socket;
  }

  /** A server that answers everything with its name until it is closed. */
  public static UdpTalk server(TestNamespace namespace, int port, String name) {
    UdpTalk talk = new UdpTalk(open(namespace, port));
    Thread thread = new Thread(() -> talk.serve(name), "udp-" + name);
    thread.setDaemon(true);
    thread.start();
    return talk;
  }

  /** A client with a port of its own. */
  public static UdpTalk client(TestNamespace namespace, int port) {
    return new UdpTalk(open(namespace, port));
  }

  private static DatagramSocket open(TestNamespace namespace, int port) {
    return namespace
        .namespace()
        .call(
            () -> {
              try {
                return new DatagramSocket(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[4]), port));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private void serve(String name) {
    byte[] answer = name.getBytes(StandardCharsets.UTF_8);
    while (!socket.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        socket.receive(packet);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        // Closed, or nobody there to answer to.
      }
    }
  }

  /** Who answers at an address; asks until somebody does. */
  public String ask(String address, int port) throws IOException {
    InetSocketAddress target = new InetSocketAddress(InetAddress.getByName(address), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    for (int i = 0; i < TRIES; i++) {
      try {
        socket.send(new DatagramPacket(new byte[1], 1, target));
        DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
      } catch (SocketTimeoutException e) {
        // Once more.
      }
    }
    return "nobody";
  }

  @Override
  public void close() {
    socket.close();
  }
}
