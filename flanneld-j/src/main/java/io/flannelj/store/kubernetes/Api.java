package io.flannelj.store.kubernetes;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;

/**
 * Requests to the API server: the few that a node makes, at most one connection waiting for the
 * next.
 */
final class Api implements AutoCloseable {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int MOST_WORDS = 200;
  private static final int INFLATER = 8 * 1024;
  private static final String STRATEGIC_MERGE = "application/strategic-merge-patch+json";

  private final ClusterAccess access;
  private final Patience patience;
  private final String path;
  private final Set<HttpConnection> open = new HashSet<>();
  private Optional<HttpConnection> idle = Optional.empty();
  private Optional<SSLContext> idleTls = Optional.empty();
  private boolean closed;

  Api(ClusterAccess access) {
    this(access, Patience.USUAL);
  }

  Api(ClusterAccess access, Patience patience) {
    this.access = access;
    this.patience = patience;
    String base = Optional.ofNullable(access.server().getRawPath()).orElse("");
    this.path = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }

  /** The server's URL. */
  URI server() {
    return access.server();
  }

  /** What is done with an answer. */
  @FunctionalInterface
  interface Reading<T> {
    /**
     * Reads it.
     *
     * @param type the media type
     */
    T read(String type, InputStream body) throws IOException;
  }

  /**
   * Reads an object.
   *
   * @param accepted media types, best first
   * @throws ApiException if there is no answer or it is a refusal
   */
  <T> T get(String target, String accepted, Reading<T> reading) throws IOException {
    Map<String, String> headers = headers(accepted);
    headers.put("Accept-Encoding", "gzip");
    return use(send("GET", target, headers, "", patience.answer()), reading);
  }

  /** Changes an object by a strategic merge patch, and reads what it is then. */
  <T> T patch(String target, String body, Reading<T> reading) throws IOException {
    return patch(target, NodeFormat.ACCEPTED, body, reading);
  }

  /** The same with other media types of the answer. */
  <T> T patch(String target, String accepted, String body, Reading<T> reading) throws IOException {
    Map<String, String> headers = headers(accepted);
    headers.put("Content-Type", STRATEGIC_MERGE);
    return use(send("PATCH", target, headers, body, patience.answer()), reading);
  }

  /** Makes an object of JSON. */
  void post(String target, String body) throws IOException {
    Map<String, String> headers = headers("application/json");
    headers.put("Content-Type", "application/json");
    use(send("POST", target, headers, body, patience.answer()), (type, answer) -> type);
  }

  /** Opens a watch; it is the caller's to close. */
  Exchange watch(String target) throws IOException {
    return send("GET", target, headers(NodeFormat.ACCEPTED), "", patience.watch());
  }

  private Map<String, String> headers(String accepted) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept", accepted);
    headers.put("User-Agent", "flanneld-j");
    String token = access.token().get();
    if (!token.isEmpty()) {
      headers.put("Authorization", "Bearer " + token);
    }
    return headers;
  }

  private <T> T use(Exchange exchange, Reading<T> reading) throws IOException {
    try (exchange) {
      InputStream body = exchange.body();
      T result = reading.read(exchange.answer().header("content-type"), body);
      // To its end, so that the connection can be used again.
      body.transferTo(OutputStream.nullOutputStream());
      return result;
    } catch (SocketTimeoutException e) {
      throw exchange.silence();
    }
  }

  /** An answer that is being read, and the connection that it comes by. */
  final class Exchange implements AutoCloseable {
    private final HttpConnection connection;
    private final HttpAnswer answer;
    private final Duration silence;

    Exchange(HttpConnection connection, HttpAnswer answer, Duration silence) {
      this.connection = connection;
      this.answer = answer;
      this.silence = silence;
    }

    HttpAnswer answer() {
      return answer;
    }

    /** What was sent, uncompressed. */
    InputStream body() throws IOException {
      return answer.header("content-encoding").equalsIgnoreCase("gzip")
          ? new GZIPInputStream(answer.body(), INFLATER)
          : answer.body();
    }

    /** What a SocketTimeoutException while it is read means. */
    ApiException silence() {
      return new ApiException(
          0, 0, "the API server sends nothing for " + silence.toSeconds() + " s in mid-answer");
    }

    /** From any thread: one that is not read to its end takes its connection along. */
    @Override
    public void close() {
      giveBack(connection, answer.body().isComplete() && !answer.isLast());
    }
  }

  private Exchange send(
      String verb, String target, Map<String, String> headers, String body, Duration silence)
      throws IOException {
    HttpAnswer answer;
    HttpConnection connection;
    try {
      Optional<HttpConnection> used = takeIdle();
      if (used.isEmpty()) {
        connection = connect();
        answer = ask(connection, verb, target, headers, body);
      } else {
        HttpConnection again = used.get();
        try {
          answer = ask(again, verb, target, headers, body);
        } catch (SocketTimeoutException e) {
          throw e;
        } catch (IOException e) {
          // The server may have closed it while the request was under way; all ours may be
          // repeated.
          again = connect();
          answer = ask(again, verb, target, headers, body);
        }
        connection = again;
      }
    } catch (ApiException e) {
      throw e;
    } catch (IOException e) {
      throw new ApiException(0, 0, "the API server " + server() + " is not reached: " + reason(e));
    }
    Exchange exchange = new Exchange(connection, answer, silence);
    if (answer.status() / 100 == 2) {
      connection.bear(millis(silence));
      return exchange;
    }
    try (exchange) {
      throw refusal(verb + " " + target.replaceFirst("\\?.*", ""), exchange);
    }
  }

  private static int millis(Duration silence) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, silence.toMillis()));
  }

  private HttpAnswer ask(
      HttpConnection connection,
      String verb,
      String target,
      Map<String, String> headers,
      String body)
      throws IOException {
    try {
      return connection.send(verb, path + target, headers, body, millis(patience.answer()));
    } catch (IOException | RuntimeException e) {
      giveBack(connection, false);
      throw e;
    }
  }

  private HttpConnection connect() throws IOException {
    SSLContext tls = access.tls().get();
    HttpConnection made = HttpConnection.open(server(), () -> tls, millis(patience.answer()));
    synchronized (this) {
      idleTls = Optional.of(tls);
      open.add(made);
      if (closed) {
        made.close();
      }
    }
    return made;
  }

  /** Renewed certificates are used for new connections, and none of the old ones again. */
  private synchronized Optional<HttpConnection> takeIdle() {
    Optional<HttpConnection> taken = idle;
    idle = Optional.empty();
    if (taken.isPresent() && idleTls.filter(access.tls().get()::equals).isEmpty()) {
      giveBack(taken.get(), false);
      return Optional.empty();
    }
    return taken;
  }

  private synchronized void giveBack(HttpConnection connection, boolean usable) {
    if (usable && !closed && idle.isEmpty() && connection.isOpen()) {
      idle = Optional.of(connection);
    } else if (idle.filter(connection::equals).isEmpty()) {
      connection.close();
      open.remove(connection);
    }
  }

  /** Ends what is under way, and nothing is asked any more. */
  @Override
  public synchronized void close() {
    closed = true;
    open.forEach(HttpConnection::close);
    open.clear();
    idle = Optional.empty();
  }

  private static String reason(IOException e) {
    if (e instanceof UnknownHostException) {
      return "host name " + e.getMessage() + " is not known";
    }
    if (e instanceof EOFException) {
      return "it closed the connection";
    }
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** A server that is overloaded says so in plain words, all else in a Status. */
  private static String said(String type, InputStream body) throws IOException {
    return type.startsWith("text/plain")
        ? new String(body.readNBytes(MOST_WORDS), StandardCharsets.UTF_8).strip()
        : NodeFormat.failure(type, body).message();
  }

  private ApiException refusal(String what, Exchange exchange) {
    int status = exchange.answer().status();
    String type = exchange.answer().header("content-type");
    String message;
    try {
      InputStream body = exchange.body();
      message = said(type, body);
      body.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      message = "by something in between: the answer, of type \"" + type + "\", is no Status";
    }
    String remedy =
        switch (status) {
          case UNAUTHORIZED ->
              "; it does not take our token or certificate: see " + access.origin();
          case FORBIDDEN ->
              "; grant it with flannel's ClusterRole: get, list and watch nodes, patch nodes/status,"
                  + " get pods";
          default -> "";
        };
    long retry = seconds(exchange.answer().header("retry-after")) * 1000;
    return new ApiException(
        status, retry, "the API server refuses " + what + ": " + status + " " + message + remedy);
  }

  private static long seconds(String text) {
    try {
      return Math.max(0, Math.min(60, Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
