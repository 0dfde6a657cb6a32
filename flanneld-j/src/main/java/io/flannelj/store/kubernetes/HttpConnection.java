package io.flannelj.store.kubernetes;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;

/**
 * One HTTP/1.1 connection (RFC 9112) with one request at a time, read by the thread that asks: an
 * event of a watch passes through no other. A server that is gone without a word is noticed by the
 * kernel's keepalive within half a minute where nothing is sent.
 */
final class HttpConnection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int BUFFER = 16 * 1024;
  private static final Map<SocketOption<Integer>, Integer> KEEPALIVE =
      Map.of(
          ExtendedSocketOptions.TCP_KEEPIDLE, 15,
          ExtendedSocketOptions.TCP_KEEPINTERVAL, 5,
          ExtendedSocketOptions.TCP_KEEPCOUNT, 3);

  private final String authority;
  private final Socket tcp;
  private final Socket socket;
  private final InputStream input;
  private volatile boolean closed;

  private HttpConnection(String authority, Socket tcp, Socket socket) throws IOException {
    this.authority = authority;
    this.tcp = tcp;
    this.socket = socket;
    this.input = new BufferedInputStream(socket.getInputStream(), BUFFER);
  }

  /**
   * Connects, by TLS where the URL is https.
   *
   * @param millis how long each step of the handshake may take
   * @throws IOException without the server's name, if it cannot be reached or is not trusted
   */
  static HttpConnection open(URI server, Supplier<SSLContext> trust, int millis)
      throws IOException {
    boolean https = "https".equalsIgnoreCase(server.getScheme());
    String host = server.getHost();
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = server.getPort() > 0 ? server.getPort() : https ? 443 : 80;
    Socket tcp = connect(plain, port);
    try {
      tcp.setSoTimeout(millis);
      Socket socket = https ? handshake(tcp, trust.get(), plain, port) : tcp;
      return new HttpConnection(host + ":" + port, tcp, socket);
    } catch (IOException | RuntimeException e) {
      tcp.close();
      throw e;
    }
  }

  private static Socket connect(String host, int port) throws IOException {
    Optional<IOException> first = Optional.empty();
    for (InetAddress address : InetAddress.getAllByName(host)) {
      Socket tcp = new Socket();
      try {
        tcp.setTcpNoDelay(true);
        tcp.setKeepAlive(true);
        for (Map.Entry<SocketOption<Integer>, Integer> option : KEEPALIVE.entrySet()) {
          tcp.setOption(option.getKey(), option.getValue());
        }
        tcp.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
        return tcp;
      } catch (IOException e) {
        tcp.close();
        first = Optional.of(first.orElse(e));
      }
    }
    throw first.orElseThrow(() -> new IOException(host + " has no address"));
  }

  private static Socket handshake(Socket tcp, SSLContext context, String host, int port)
      throws IOException {
    SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, host, port, true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setCipherSuites(softwareFirst(parameters.getCipherSuites()));
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  /**
   * ChaCha20 before AES: the JVM uses the processor's AES only where its second compiler runs, and
   * without it deciphering a Node of 10 KB by AES-GCM takes half a millisecond. A server written in
   * Go follows the client's first choice.
   */
  private static String[] softwareFirst(String[] suites) {
    return Stream.concat(
            Stream.of(suites).filter(HttpConnection::isChaCha),
            Stream.of(suites).filter(suite -> !isChaCha(suite)))
        .toArray(String[]::new);
  }

  private static boolean isChaCha(String suite) {
    return suite.contains("CHACHA20");
  }

  /**
   * Sends a request and waits for the head of its answer.
   *
   * @param headers beside Host and Content-Length
   * @param body empty: none
   * @param millis how long the server may be silent, here and while the body is read
   */
  HttpAnswer send(String verb, String target, Map<String, String> headers, String body, int millis)
      throws IOException {
    socket.setSoTimeout(millis);
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder(512);
    head.append(verb).append(' ').append(visible("request", target, '!')).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(authority).append("\r\n");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      String value = visible(header.getKey(), header.getValue(), ' ');
      head.append(header.getKey()).append(": ").append(value).append("\r\n");
    }
    if (content.length > 0) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    byte[] first = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    byte[] message = new byte[first.length + content.length];
    System.arraycopy(first, 0, message, 0, first.length);
    System.arraycopy(content, 0, message, first.length, content.length);
    socket.getOutputStream().write(message);
    return HttpAnswer.read(input);
  }

  /** A line feed in a token would begin a header of its own. */
  private static String visible(String what, String text, char least) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < least || text.charAt(i) > '~') {
        throw new IOException("character " + i + " of the " + what + " cannot be sent by HTTP");
      }
    }
    return text;
  }

  /** How long the server may be silent from now on, milliseconds. */
  void bear(int millis) throws IOException {
    socket.setSoTimeout(millis);
  }

  boolean isOpen() {
    return !closed;
  }

  /** From any thread: who reads gets an IOException at once. */
  @Override
  public void close() {
    closed = true;
    try {
      // Not the TLS socket: that would first wait to write its farewell.
      tcp.close();
    } catch (IOException e) {
      // It is closed all the same: close(2) says what became of data, and none is left here.
      closed = true;
    }
  }
}
