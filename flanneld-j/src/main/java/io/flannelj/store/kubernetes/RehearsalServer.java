package io.flannelj.store.kubernetes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;

/** Says what an API server with one node would, to {@link Rehearsal}. */
final class RehearsalServer implements AutoCloseable {
  private static final String ANNOTATION = "flannel.alpha.coreos.com/";

  private final ServerSocket listening;
  private final byte[] node;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private RehearsalServer(ServerSocket listening, String name) {
    this.listening = listening;
    this.node = node(name);
  }

  static RehearsalServer start(SSLContext tls, String node) throws IOException {
    ServerSocket listening =
        tls.getServerSocketFactory().createServerSocket(0, 16, InetAddress.getLoopbackAddress());
    RehearsalServer server = new RehearsalServer(listening, node);
    daemon(server::accept);
    return server;
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "rehearsal");
    thread.setDaemon(true);
    thread.start();
  }

  String url() {
    return "https://127.0.0.1:" + listening.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        open.add(socket);
        daemon(() -> serve(socket));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      while (true) {
        answer(request(socket.getInputStream()), socket.getOutputStream());
      }
    } catch (IOException e) {
      // The client has gone.
      open.remove(socket);
    }
  }

  /** The first line of a request; the rest of it is read. */
  private static String request(InputStream input) throws IOException {
    String first = "";
    int length = 0;
    for (String line = line(input); !line.isEmpty(); line = line(input)) {
      first = first.isEmpty() ? line : first;
      if (line.startsWith("Content-Length: ")) {
        length = Integer.parseInt(line.substring("Content-Length: ".length()));
      }
    }
    input.skipNBytes(length);
    return first;
  }

  private static String line(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = input.read(); octet != '\n'; octet = input.read()) {
      if (octet < 0) {
        throw new IOException("the client has gone");
      }
      line.append((char) octet);
    }
    return line.toString().strip();
  }

  private void answer(String request, OutputStream output) throws IOException {
    if (request.contains("watch=1")) {
      byte[] raw = field(1, envelope("Node", node));
      byte[] event = join(field(1, bytes("MODIFIED")), field(2, raw));
      byte[] frame = join(ByteBuffer.allocate(4).putInt(event.length).array(), event);
      String chunk = Integer.toHexString(frame.length) + "\r\n";
      output.write(join(head("Transfer-Encoding: chunked"), bytes(chunk), frame, bytes("\r\n")));
    } else if (request.contains("/nodes?")) {
      byte[] version = field(1, field(2, bytes("1")));
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
        gzip.write(envelope("NodeList", join(version, field(2, node))));
      }
      send(output, "Content-Encoding: gzip\r\n", packed.toByteArray());
    } else {
      send(output, "", envelope("Node", node));
    }
  }

  private static void send(OutputStream output, String header, byte[] body) throws IOException {
    output.write(join(head(header + "Content-Length: " + body.length), body));
  }

  private static byte[] head(String more) {
    return bytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.kubernetes.protobuf\r\n"
            + more
            + "\r\n\r\n");
  }

  private static byte[] node(String name) {
    byte[] metadata =
        join(
            field(1, bytes(name)),
            field(6, bytes("1")),
            annotation("kube-subnet-manager", "true"),
            annotation("backend-type", "vxlan"),
            annotation("backend-data", "{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:02\"}"),
            annotation("public-ip", "192.0.2.1"));
    byte[] cidr = bytes("10.244.1.0/24");
    return join(field(1, metadata), field(2, join(field(1, cidr), field(7, cidr))));
  }

  private static byte[] annotation(String key, String value) {
    return field(12, join(field(1, bytes(ANNOTATION + key)), field(2, bytes(value))));
  }

  private static byte[] envelope(String kind, byte[] object) {
    byte[] type = field(1, join(field(1, bytes("v1")), field(2, bytes(kind))));
    return join(bytes("k8s\0"), type, field(2, object));
  }

  /** A field of wire type 2, shorter than 16 KiB. */
  private static byte[] field(int number, byte[] content) {
    byte[] head = {
      (byte) ((number << 3) | 2),
      (byte) ((content.length & 0x7f) | 0x80),
      (byte) (content.length >>> 7)
    };
    return join(head, content);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      open.clear();
    }
  }
}
