package io.flannelj.testkit.servers;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

/**
 * A way to a real API server that does to single requests and answers what networks, load balancers
 * and dying servers do. It speaks TLS to both sides with the server's own certificate, and sees
 * requests in between; of answers it knows only where their body begins.
 */
public final class ApiProxy implements Closeable {
  private static final long CEILING_NANOS = 60_000_000_000L;

  private final URI server;
  private final SSLContext tls;
  private final ServerSocket listener;
  private final List<ApiRequest> requests = new CopyOnWriteArrayList<>();
  private final List<ApiRequest> answered = new CopyOnWriteArrayList<>();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

  /** Starts it; what has no rule is passed on. */
  public ApiProxy(ApiServer server) {
    this.server = server.endpoint();
    this.tls = server.tls();
    try {
      listener =
          tls.getServerSocketFactory()
              .createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  /** What is done to an exchange. */
  public sealed interface Deed {
    /** The proxy answers itself, with the whole text of an HTTP answer. */
    record Answer(String text) implements Deed {}

    /** The request's path and query are changed before it goes to the server. */
    record Redirect(UnaryOperator<String> change) implements Deed {}

    /** The connection is reset after so many bytes of the answer's body. */
    record Cut(int bodyBytes) implements Deed {}

    /** Nothing comes any more after so many bytes of the answer's body, and nothing ends. */
    record Hang(int bodyBytes) implements Deed {}
  }

  private record Rule(Predicate<ApiRequest> which, AtomicInteger times, Deed deed) {}

  private static final class Exchange {
    private final Socket client;
    private volatile boolean silent;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();

    Exchange(Socket client) {
      this.client = client;
    }
  }

  /** Where the server is reached by this way. */
  public URI url() {
    return URI.create("https://127.0.0.1:" + listener.getLocalPort());
  }

  /** Requests so far. */
  public List<ApiRequest> requests() {
    return requests;
  }

  /** Requests of one kind so far. */
  public List<ApiRequest> requests(Predicate<ApiRequest> which) {
    return requests.stream().filter(which).toList();
  }

  /** Does something to the next requests of a kind. */
  public void next(Predicate<ApiRequest> which, int times, Deed deed) {
    rules.add(new Rule(which, new AtomicInteger(times), deed));
  }

  /** Waits until a number of requests of one kind began to be answered. */
  public List<ApiRequest> await(Predicate<ApiRequest> which, int number) {
    long end = System.nanoTime() + CEILING_NANOS;
    List<ApiRequest> found = List.of();
    while (found.size() < number) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not " + number + " such requests were answered: " + requests);
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted after " + requests, e);
      }
      found = answered.stream().filter(which).toList();
    }
    return found;
  }

  /** What the server answered, as text, the bodies as they are on the wire. */
  public List<String> answers() {
    return exchanges.stream()
        .map(exchange -> exchange.answer.toString(StandardCharsets.ISO_8859_1))
        .toList();
  }

  /** From now on nothing passes on connections that are open, and none of them ends. */
  public void silence() {
    exchanges.forEach(exchange -> exchange.silent = true);
  }

  /** Resets all connections that are open. */
  public void drop() {
    exchanges.forEach(exchange -> reset(exchange.client));
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "api-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Exchange exchange = new Exchange(listener.accept());
        exchanges.add(exchange);
        start(() -> serve(exchange));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Exchange exchange) {
    try {
      Optional<ApiRequest> request = ApiRequest.read(exchange.client.getInputStream());
      if (request.isPresent()) {
        requests.add(request.get());
        serve(exchange, request.get(), deed(request.get()));
      }
    } catch (IOException e) {
      // Either side is gone; the other is told.
    } finally {
      if (!exchange.silent) {
        reset(exchange.client);
      }
    }
  }

  private Optional<Deed> deed(ApiRequest request) {
    return rules.stream()
        .filter(rule -> rule.which().test(request) && rule.times().getAndDecrement() > 0)
        .map(Rule::deed)
        .findFirst();
  }

  private void serve(Exchange exchange, ApiRequest request, Optional<Deed> deed)
      throws IOException {
    if (deed.isPresent() && deed.get() instanceof Deed.Answer answer) {
      OutputStream out = exchange.client.getOutputStream();
      out.write(answer.text().getBytes(StandardCharsets.UTF_8));
      out.flush();
      answered.add(request);
      exchange.client.close();
      return;
    }
    String path =
        deed.isPresent() && deed.get() instanceof Deed.Redirect redirect
            ? redirect.change().apply(request.path())
            : request.path();
    try (Socket there = tls.getSocketFactory().createSocket(server.getHost(), server.getPort())) {
      there.getOutputStream().write(request.forwarded(path));
      there.getOutputStream().flush();
      passHead(there.getInputStream(), exchange);
      answered.add(request);
      passBody(there.getInputStream(), exchange, deed);
    }
    if (!exchange.silent) {
      exchange.client.close();
    }
  }

  private static void passHead(InputStream from, Exchange exchange) throws IOException {
    byte[] head = ApiRequest.head(from);
    keep(exchange, head, head.length);
    exchange.client.getOutputStream().write(head);
    exchange.client.getOutputStream().flush();
  }

  private static void passBody(InputStream from, Exchange exchange, Optional<Deed> deed)
      throws IOException {
    OutputStream to = exchange.client.getOutputStream();
    long left = Long.MAX_VALUE;
    if (deed.isPresent() && deed.get() instanceof Deed.Cut cut) {
      left = cut.bodyBytes();
    } else if (deed.isPresent() && deed.get() instanceof Deed.Hang hang) {
      left = hang.bodyBytes();
    }
    byte[] part = new byte[8192];
    int read = from.read(part);
    while (read >= 0) {
      keep(exchange, part, read);
      if (!exchange.silent) {
        to.write(part, 0, (int) Math.min(read, left));
        to.flush();
        left -= read;
        if (left <= 0) {
          exchange.silent = deed.isPresent() && deed.get() instanceof Deed.Hang;
          if (!exchange.silent) {
            throw new IOException("to be cut here");
          }
        }
      }
      read = from.read(part);
    }
  }

  private static void keep(Exchange exchange, byte[] bytes, int length) {
    exchange.answer.write(bytes, 0, length);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // Closed already.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    drop();
  }
}
