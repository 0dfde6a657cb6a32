package io.flannelj.store.etcd;

import io.flannelj.config.EtcdOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Asks the members of an etcd cluster. One that cannot be reached, does not answer in time or has
 * no leader is left for the next; where none answers, the exception names each with its reason.
 * Every call has an end: {@link Patience#call} for each member.
 */
final class EtcdClient implements AutoCloseable {
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final String LOGIN = "/v3/auth/authenticate";

  private final EtcdOptions options;
  private final Patience patience;
  private final List<Endpoint> endpoints;
  private final Supplier<SSLContext> trust;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("etcd", true), EpollIoHandler.newFactory());
  // Which member is asked first: the one that answered last.
  private volatile int current;
  private Optional<Connection> idle = Optional.empty();
  private volatile String token = "";

  EtcdClient(EtcdOptions options, Supplier<SSLContext> trust, Patience patience) {
    this.options = options;
    this.patience = patience;
    this.trust = trust;
    this.endpoints = options.endpoints().stream().map(Endpoint::of).toList();
  }

  /** What one member is asked to do. */
  @FunctionalInterface
  private interface Question<T> {
    T ask(Endpoint endpoint) throws IOException, InterruptedException;
  }

  /**
   * Makes a call.
   *
   * @throws IOException naming what failed
   */
  synchronized Answer call(String path, String body) throws IOException {
    return ofAny(endpoint -> ask(endpoint, path, body, patience.call()));
  }

  Patience patience() {
    return patience;
  }

  /**
   * Asks a member whether it has a key, by what it knows itself: whether it still answers.
   *
   * @throws EtcdException if it does not, or refuses
   */
  synchronized void probe(Endpoint endpoint, String key) throws IOException, InterruptedException {
    String body = Requests.getFromMember(key);
    withToken(endpoint, () -> ask(endpoint, "/v3/kv/range", body, patience.probe()));
  }

  /** Begins to watch; the member tells if it has no leader. */
  WatchStream watch(String body) throws IOException {
    return ofAny(
        endpoint -> {
          Connection connection = Connection.open(loop, endpoint, trust);
          Map<String, String> headers = headers();
          headers.put("Grpc-Metadata-Hasleader", "true");
          connection.post("/v3/watch", body, headers);
          return new WatchStream(connection);
        });
  }

  /** The next member is asked first from now on. */
  void leave(Endpoint endpoint) {
    int at = current;
    if (endpoints.get(at).equals(endpoint)) {
      current = (at + 1) % endpoints.size();
    }
  }

  private <T> T ofAny(Question<T> question) throws IOException {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(current);
      try {
        return withToken(endpoint, () -> question.ask(endpoint));
      } catch (EtcdException e) {
        if (!e.isOfMember()) {
          throw e;
        }
        failures.add(String.valueOf(e.getMessage()));
        leave(endpoint);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    throw EtcdException.unreached(String.join(", ", failures));
  }

  /** A call of one member. */
  @FunctionalInterface
  private interface Call<T> {
    T run() throws IOException, InterruptedException;
  }

  /** A token lives for five minutes after its last use, or as long as etcd is configured to. */
  private <T> T withToken(Endpoint endpoint, Call<T> call)
      throws IOException, InterruptedException {
    if (options.username().isEmpty()) {
      return call.run();
    }
    if (token.isEmpty()) {
      login(endpoint);
    }
    try {
      return call.run();
    } catch (EtcdException e) {
      if (!e.isOfToken()) {
        throw e;
      }
      login(endpoint);
      return call.run();
    }
  }

  /** The token of a watch was not accepted. */
  void forgetToken() {
    token = "";
  }

  private void login(Endpoint endpoint) throws IOException, InterruptedException {
    token = "";
    String body = Requests.login(options.username(), options.password().reveal());
    token = ask(endpoint, LOGIN, body, patience.call()).token();
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new HashMap<>();
    if (!token.isEmpty()) {
      headers.put("Authorization", token);
    }
    return headers;
  }

  private synchronized Answer ask(Endpoint endpoint, String path, String body, long millis)
      throws IOException, InterruptedException {
    boolean reused =
        idle.filter(open -> open.isOpen() && open.endpoint().equals(endpoint)).isPresent();
    try {
      return askOnce(endpoint, path, body, millis);
    } catch (EtcdException e) {
      // The member may have closed it while the request was under way: that says nothing of it.
      if (!reused || !e.isOfMember() || idle.isPresent()) {
        throw e;
      }
      return askOnce(endpoint, path, body, millis);
    }
  }

  private Answer askOnce(Endpoint endpoint, String path, String body, long millis)
      throws IOException, InterruptedException {
    Connection connection =
        idle.filter(open -> open.isOpen() && open.endpoint().equals(endpoint)).orElse(null);
    if (connection == null) {
      idle.ifPresent(Connection::close);
      idle = Optional.empty();
      connection = Connection.open(loop, endpoint, trust);
    }
    idle = Optional.empty();
    connection.post(path, body, headers());
    Answer answer;
    try {
      answer = receive(connection, path, millis);
    } catch (EtcdException e) {
      if (e.isOfMember()) {
        connection.close();
      } else {
        idle = Optional.of(connection);
      }
      throw e;
    } catch (IOException | InterruptedException e) {
      connection.close();
      throw e;
    }
    idle = Optional.of(connection);
    return answer;
  }

  private static Answer receive(Connection connection, String path, long millis)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    ByteArrayOutputStream body = new ByteArrayOutputStream(1024);
    int status = 0;
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      Optional<Part> part = left <= 0 ? connection.next() : connection.next(left);
      String url = connection.endpoint().url();
      if (part.isEmpty()) {
        throw EtcdException.unreached(url + " (no answer within " + millis + " ms)");
      }
      if (part.get() instanceof Part.Head head) {
        status = head.status();
      } else if (part.get() instanceof Part.Data data) {
        body.writeBytes(data.bytes().array());
      } else if (part.get() instanceof Part.Broken broken) {
        throw EtcdException.unreached(url + " (" + broken.why() + ")");
      } else {
        return answer(url, path, status, body.toByteArray());
      }
    }
  }

  static Answer answer(String url, String path, int status, byte[] body) throws IOException {
    if (status == NOT_FOUND) {
      throw EtcdException.refused(
          0,
          url
              + " has no "
              + path
              + ": it must be an etcd from 3.4 on with its JSON gateway (--enable-grpc-gateway)");
    }
    try {
      return AnswerReader.read(body);
    } catch (EtcdException e) {
      throw e.at(url);
    } catch (IOException e) {
      String text = new String(body, 0, Math.min(200, body.length), StandardCharsets.UTF_8);
      throw EtcdException.unreached(
          url
              + " ("
              + (status == OK ? e.getMessage() : "HTTP status " + status + ": " + text.strip())
              + ")");
    }
  }

  @Override
  public synchronized void close() {
    idle.ifPresent(Connection::close);
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
